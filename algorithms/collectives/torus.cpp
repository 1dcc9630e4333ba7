// Two-dimensional torus all-reduce (Mikami et al., "Massively distributed SGD: ImageNet/ResNet-50 training in a flash",
// 2018; Ying et al., "Image classification at supercomputer scale", 2018). Ranks stand in y rows of x, x the largest
// divisor of n that is at most its root. The rows reduce-scatter around rings, the columns all-reduce the part that
// each then has, and the rows all-gather.
//
//   cost: 2 (x-1 + y-1) alpha + 2 (n-1)/n N beta
//   messages per rank: 2 (x-1) + 2 (y-1)      bytes per rank: the ring's, 2 (n-1)/n N
//
// The ring's bytes in about 4 sqrt n steps, between neighbours only where the network is a torus of these sides. A
// prime number of ranks makes one row of one: there it is the ring.
#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem::collectives {
namespace {

constexpr int kRow = 251, kColumn = 252;  // groups

struct Grid {
  explicit Grid(int size) {
    for (int side = 1; side * side <= size; ++side) {
      if (size % side == 0) x = side;
    }
    y = size / x;
  }
  int x = 1, y = 1;
};

const Collective& ring() { return collective_named("ring"); }

Slice part(Slice data, const Comm& row) {
  return part_of(data,
                 even_part(data.count, static_cast<std::size_t>(row.size()), static_cast<std::size_t>(row.rank())));
}

void all_reduce(Comm& comm, Slice data) {
  const Grid grid(comm.size());
  std::vector<int> row_members, column_members;
  for (int i = 0; i < grid.x; ++i) row_members.push_back(comm.rank() / grid.x * grid.x + i);
  for (int i = 0; i < grid.y; ++i) column_members.push_back(i * grid.x + comm.rank() % grid.x);
  Comm row = comm.group(row_members, kRow), column = comm.group(column_members, kColumn);
  ring().reduce_scatter.run(row, data);
  ring().all_reduce.run(column, part(data, row));
  ring().all_gather.run(row, data);
}

// The rows' two halves and the columns', for the part of column number `column`.
std::pair<CallShape, CallShape> shapes(const CallShape& shape, int column) {
  const Grid grid(shape.size);
  const Range range = even_part(shape.count, static_cast<std::size_t>(grid.x), static_cast<std::size_t>(column));
  return {{.size = grid.x, .count = shape.count}, {.size = grid.y, .count = range.size()}};
}

Traffic traffic(const CallShape& shape, int rank) {
  const int x = Grid(shape.size).x;
  const auto [row, column] = shapes(shape, rank % x);
  Traffic traffic = ring().reduce_scatter.traffic(row, rank % x);
  traffic += ring().all_reduce.traffic(column, rank / x);
  traffic += ring().all_gather.traffic(row, rank % x);
  return traffic;
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const auto [row, column] = shapes(shape, 0);
  return ring().reduce_scatter.cost_s(row, links) + ring().all_reduce.cost_s(column, links) +
         ring().all_gather.cost_s(row, links);
}

}  // namespace

Collective torus() {
  return {.name = "torus",
          .doc = "rings along the rows and columns of a square: the ring's bytes in about 4 sqrt n steps",
          .paper = "Mikami et al. 2018; Ying et al. 2018",
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
