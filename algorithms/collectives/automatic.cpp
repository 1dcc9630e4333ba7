// `collective: auto`: for each vector the algorithm that pick.h chooses by its size and the number of ranks.
//
//   cost: the pick's
#include "algorithms/collectives/pick.h"

namespace tandem::collectives {
namespace {

void all_reduce(Comm& comm, Slice data) { pick_all_reduce(comm.size(), data.count).all_reduce.run(comm, data); }

Traffic traffic(const CallShape& shape, int rank) {
  return pick_all_reduce(shape.size, shape.count).all_reduce.traffic(shape, rank);
}

}  // namespace

Collective automatic() {
  return {.name = "auto",
          .doc = "ring, halving-doubling or recursive-doubling, picked by the vector's size and the number of ranks",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .picks_by_size = true,
          .all_reduce = {all_reduce, traffic}};
}

}  // namespace tandem::collectives
