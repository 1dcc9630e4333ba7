// `collective: auto`: for each vector the algorithm with the least cost by alpha-beta formulas, as MPI libraries do
// (Thakur, Rabenseifner and Gropp 2005): recursive doubling while latency is what counts, halving-doubling for many
// ranks, hierarchical where several share a node, the ring for the rest. See pick.h.
//
//   cost: that of the pick, at most kRingBonus above the cheapest where the links are as pick.h assumes
#include "algorithms/collectives/pick.h"

namespace tandem::collectives {
namespace {

void all_reduce(Comm& comm, Slice data) { pick_all_reduce(shape_of(comm, data.count)).all_reduce.run(comm, data); }

Traffic traffic(const CallShape& shape, int rank) { return pick_all_reduce(shape).all_reduce.traffic(shape, rank); }

double cost_s(const CallShape& shape, const LinkCosts& links) {
  return pick_all_reduce(shape).all_reduce.cost_s(shape, links);
}

}  // namespace

Collective automatic() {
  return {.name = "auto",
          .doc = "the cheapest by an alpha-beta model of the vector's size, the ranks and the nodes that they share",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .pick = pick_all_reduce,
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
