// `collective: auto-nccl`: for each vector the ring or the double binary tree, by NCCL's own cost model (nccl_model.h)
// for links of 25 GB/s, a card of 200 Gbit/s for each GPU. It knows the ranks of a node, and like `auto` not the
// scenario's network, so that the choice is the same in every world.
//
//   cost: that of the pick
//
// It answers what NCCL would take there. On a network of other latencies `auto` may be nearer to the best.
#include "algorithms/collectives/nccl_model.h"

namespace tandem::collectives {
namespace {

constexpr double kBusBandwidth = 25e9;

const Collective& pick(const CallShape& shape) {
  const double tree_s = nccl_all_reduce_s(NcclAlgorithm::tree, shape, kBusBandwidth);
  const double ring_s = nccl_all_reduce_s(NcclAlgorithm::ring, shape, kBusBandwidth);
  return collective_named(tree_s < ring_s ? "double-binary-tree" : "ring");
}

void all_reduce(Comm& comm, Slice data) { pick(shape_of(comm, data.count)).all_reduce.run(comm, data); }

Traffic traffic(const CallShape& shape, int rank) { return pick(shape).all_reduce.traffic(shape, rank); }

double cost_s(const CallShape& shape, const LinkCosts& links) { return pick(shape).all_reduce.cost_s(shape, links); }

}  // namespace

Collective automatic_nccl() {
  return {.name = "auto-nccl",
          .doc = "ring or double binary tree, picked by the cost model that NCCL publishes",
          .paper = "NVIDIA/nccl, src/graph/tuning.cc",
          .pick = pick,
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
