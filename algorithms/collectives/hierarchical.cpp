// Two-level hierarchical all-reduce (Jia et al., "Highly scalable deep learning training system with mixed-precision",
// 2018; Horovod's hierarchical all-reduce and NCCL's multi-rail rings are of its kind). The ranks of a node
// reduce-scatter among themselves; the ranks with the same part on all nodes, a lane, all-reduce it across nodes; the
// ranks of a node all-gather. Long vectors go in pieces, so that the links inside and between nodes work at a time.
//
//   cost: max(2 (L-1)/L N beta, 2 (m-1)/m N beta inside) and a piece's share of the other; 2 (L-1) alpha for each piece
//   bytes over a node's link, each way: 2 (L-1)/L N, for L nodes of m ranks; a flat ring's is 2 (n-1)/n N
//   messages per rank: for each piece 2 (m-1) inside and 2 (L-1) across
//
// Nodes and lanes are levels.h's; a rank without a lane hands its vector to one that has, and gets the sum back.
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/levels.h"

namespace tandem::collectives {
namespace {

constexpr int kNodeGroup = 253, kLaneGroup = 254, kFoldIn = 6, kFoldOut = 7;
constexpr int kSummed = 101, kCrossed = 102;  // notifications
constexpr double kPieceBytes = 4 << 20, kMostPieces = 32;

const Collective& ring() { return collective_named("ring"); }

std::size_t pieces(std::size_t count, bool has_levels) {
  if (!has_levels) return 1;
  return static_cast<std::size_t>(
      std::clamp(std::floor(static_cast<double>(value_bytes(count)) / kPieceBytes), 1.0, kMostPieces));
}

void each_piece(Slice data, std::size_t pieces, const std::function<void(Slice)>& call) {
  for (std::size_t i = 0; i < pieces; ++i) call(part_of(data, even_part(data.count, pieces, i)));
}

void cross(Comm& lane, Slice piece, const Levels& levels) {
  ring().all_reduce.run(lane, part_of(piece, even_part(piece.count, levels.lanes, levels.place)));
}

// Three stacks, each of which has its turn at every piece.
void in_pieces(Comm& comm, const Levels& levels, Slice data, std::size_t count) {
  CommTask sums = comm.spawn("sums inside nodes", [&](Comm& stack) {
    Comm node = stack.group(levels.node_with_lanes(), kNodeGroup);
    std::vector<Op> ready;
    each_piece(data, count, [&](Slice piece) {
      ring().reduce_scatter.run(node, piece);
      ready.push_back(stack.notify(kSummed));
    });
    stack.wait_all(ready);
  });
  CommTask gathers = comm.spawn("gathers inside nodes", [&](Comm& stack) {
    Comm node = stack.group(levels.node_with_lanes(), kNodeGroup);
    each_piece(data, count, [&](Slice piece) {
      stack.await_notification(kCrossed);
      ring().all_gather.run(node, piece);
    });
  });
  Comm lane = comm.group(levels.lane, kLaneGroup);
  std::vector<Op> ready;
  each_piece(data, count, [&](Slice piece) {
    comm.await_notification(kSummed);
    cross(lane, piece, levels);
    ready.push_back(comm.notify(kCrossed));
  });
  sums.join();
  gathers.join();
  comm.wait_all(ready);
}

void all_reduce_lanes(Comm& comm, const Levels& levels, Slice data) {
  const std::size_t count = pieces(data.count, levels.lanes > 1 && levels.lane.size() > 1);
  if (count > 1) return in_pieces(comm, levels, data, count);
  Comm node = comm.group(levels.node_with_lanes(), kNodeGroup), lane = comm.group(levels.lane, kLaneGroup);
  ring().reduce_scatter.run(node, data);
  cross(lane, data, levels);
  ring().all_gather.run(node, data);
}

void all_reduce(Comm& comm, Slice data) {
  const Levels levels(comm);
  if (!levels.has_lane()) {
    const int joined = levels.node[levels.place % levels.lanes];
    comm.send(joined, kFoldIn, data);
    comm.recv(joined, kFoldOut, data);
    return;
  }
  const auto each_folded = [&](const auto& call) {
    for (std::size_t other = levels.place + levels.lanes; other < levels.node.size(); other += levels.lanes)
      call(levels.node[other]);
  };
  each_folded([&](int other) { comm.recv_add(other, kFoldIn, data); });
  all_reduce_lanes(comm, levels, data);
  each_folded([&](int other) { comm.send(other, kFoldOut, data); });
}

// The calls on the ring that one piece makes: in the node, for one half each, and across.
std::pair<CallShape, CallShape> shapes(const LevelSizes& sizes, std::size_t piece) {
  const Range part = even_part(piece, static_cast<std::size_t>(sizes.lanes), static_cast<std::size_t>(sizes.place));
  return {{.size = sizes.lanes, .count = piece}, {.size = sizes.nodes, .count = part.size()}};
}

Traffic traffic(const CallShape& shape, int rank) {
  const LevelSizes sizes(shape, rank);
  const std::uint64_t bytes = value_bytes(shape.count);
  if (!sizes.has_lane()) return {1, bytes, 1, bytes};
  const auto joining = static_cast<std::uint64_t>(sizes.joining());
  Traffic traffic{joining, joining * bytes, joining, joining * bytes};
  const std::size_t count = pieces(shape.count, sizes.has_both());
  for (std::size_t i = 0; i < count; ++i) {
    const auto [node, lane] = shapes(sizes, even_part(shape.count, count, i).size());
    traffic += ring().reduce_scatter.traffic(node, sizes.place);
    traffic += ring().all_reduce.traffic(lane, sizes.node_number);
    traffic += ring().all_gather.traffic(node, sizes.place);
  }
  return traffic;
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const LevelSizes sizes(shape, 0);
  const std::size_t count = pieces(shape.count, sizes.has_both());
  const auto [node, lane] = shapes(sizes, shape.count / count);
  // The lanes share the node's link.
  LinkCosts across = links;
  across.beta_s_per_byte *= sizes.lanes;
  const LinkCosts inside = links.inside_node();
  const double inside_s = ring().reduce_scatter.cost_s(node, inside) + ring().all_gather.cost_s(node, inside);
  const double across_s = ring().all_reduce.cost_s(lane, across);
  const double fold_s = 2 * sizes.joining() * (inside.alpha_s + bytes_of_call(shape) * inside.beta_s_per_byte);
  return fold_s + inside_s + across_s + static_cast<double>(count - 1) * std::max(inside_s, across_s);
}

std::optional<std::string> refusal(const CallShape& shape) {
  if (shape.ranks_per_node == 1) return "hierarchical has no levels where every worker has a node of its own";
  if (shape.ranks_per_node < shape.size) return std::nullopt;
  return "hierarchical has no levels where all workers share one node";
}

}  // namespace

Collective hierarchical() {
  return {.name = "hierarchical",
          .doc = "inside nodes, then across them, then inside again: a node's link carries each part once",
          .paper = "Jia et al. 2018",
          .refusal = refusal,
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
