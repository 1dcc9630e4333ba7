// All-reduce along a line: every rank adds its values to those of the rank after it and passes the sum on to the rank
// before it; the total comes back the same way.
//
//   cost: 2 (n-1) (alpha + N beta) + (n-1) N gamma
#include "algorithms/collectives/collective.h"

namespace tandem {
namespace {

constexpr int kUp = 1, kDown = 2;

void all_reduce(Comm& comm, Slice data) {
  const int rank = comm.rank(), last = comm.size() - 1;
  if (rank < last) {
    const Slice sum = comm.scratch(data.count, data.element);
    comm.recv(rank + 1, kUp, sum);
    accumulate(comm, data, sum);
  }
  if (rank > 0) {
    comm.send(rank - 1, kUp, data);
    comm.recv(rank - 1, kDown, data);
  }
  if (rank < last) comm.send(rank + 1, kDown, data);
}

Traffic traffic(const CallShape& shape, int rank) {
  const auto neighbours = static_cast<std::uint64_t>((rank > 0) + (rank < shape.size - 1));
  const std::uint64_t bytes = neighbours * value_bytes(shape.count);
  return {neighbours, bytes, neighbours, bytes};
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const double bytes = bytes_of_call(shape);
  return (shape.size - 1) * (2 * (links.alpha_s + bytes * links.beta_s_per_byte) + bytes * links.gamma_s_per_byte);
}

const bool kIsAdded = [] {
  all_collectives().add({.name = "line",
                         .doc = "up a line of ranks and down again",
                         .paper = "an exercise",
                         .all_reduce = {all_reduce, traffic, cost_s}});
  return true;
}();

}  // namespace
}  // namespace tandem
