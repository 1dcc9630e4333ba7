// Broadcast by scatter and all-gather (Barnett, Gupta, Payne, Shuler, van de Geijn and Watts, "Interprocessor
// collective communication library", 1994): the root scatters the vector down a binomial tree, and a ring gathers the
// parts at all ranks. Reduce goes the other way (Rabenseifner 2004): a ring reduce-scatters, and the root gathers the
// sums.
//
//   cost: (ceil(log2 n) + n-1) alpha + 2 (n-1)/n N beta, either way
//   bytes over each link: at most about 2 (n-1)/n N, where a binomial tree's are N for each of log2 n steps
//
// For long vectors from or to a root; a chain's pieces (chain.cpp) go over a link once, but wait for n ranks.
#include "algorithms/collectives/collective.h"

namespace tandem::collectives {
namespace {

const Collective& ring() { return collective_named("ring"); }
const Collective& tree() { return collective_named("binomial-gather"); }

void broadcast(Comm& comm, Slice data, int root) {
  tree().scatter.run(comm, data, root);
  ring().all_gather.run(comm, data);
}

void reduce(Comm& comm, Slice data, int root) {
  ring().reduce_scatter.run(comm, data);
  tree().gather.run(comm, data, root);
}

Traffic broadcast_traffic(const CallShape& shape, int rank) {
  Traffic traffic = tree().scatter.traffic(shape, rank);
  traffic += ring().all_gather.traffic(shape, rank);
  return traffic;
}

Traffic reduce_traffic(const CallShape& shape, int rank) {
  Traffic traffic = ring().reduce_scatter.traffic(shape, rank);
  traffic += tree().gather.traffic(shape, rank);
  return traffic;
}

double broadcast_cost_s(const CallShape& shape, const LinkCosts& links) {
  return tree().scatter.cost_s(shape, links) + ring().all_gather.cost_s(shape, links);
}

double reduce_cost_s(const CallShape& shape, const LinkCosts& links) {
  return ring().reduce_scatter.cost_s(shape, links) + tree().gather.cost_s(shape, links);
}

}  // namespace

Collective scatter_allgather() {
  return {.name = "scatter-allgather",
          .doc = "a broadcast as scatter and all-gather, a reduce as reduce-scatter and gather: for long vectors",
          .paper = "Barnett et al. 1994 (van de Geijn); Rabenseifner 2004",
          .broadcast = {broadcast, broadcast_traffic, broadcast_cost_s},
          .reduce = {reduce, reduce_traffic, reduce_cost_s}};
}

}  // namespace tandem::collectives
