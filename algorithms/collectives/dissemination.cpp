// Dissemination barrier (Hensgen, Finkel and Manber, "Two algorithms for barrier synchronization", 1988): in round k
// every rank tells the rank 2^k to its right; after ceil(log2 n) rounds everyone has heard, indirectly, from everyone.
//
//   cost: ceil(log2 n) alpha; every rank leaves at the same time on equal links
#include <bit>

#include "algorithms/collectives/collective.h"

namespace tandem::collectives {
namespace {

void barrier(Comm& comm) {
  constexpr int kBarrier = 3;
  const int n = comm.size(), rank = comm.rank();
  for (int distance = 1; distance < n; distance *= 2) {
    comm.send_recv((rank + distance) % n, {}, (rank + n - distance) % n, {}, kBarrier);
  }
}

Traffic traffic(const CallShape& shape, int) {
  const auto rounds = static_cast<std::uint64_t>(std::bit_width(static_cast<unsigned>(shape.size - 1)));
  return {rounds, 0, rounds, 0};
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  return std::bit_width(static_cast<unsigned>(shape.size - 1)) * links.alpha_s;
}

}  // namespace

Collective dissemination() {
  return {.name = "dissemination",
          .doc = "everyone hears from everyone in log2 n rounds, without a root",
          .paper = "Hensgen, Finkel and Manber 1988",
          .barrier = {barrier, traffic, cost_s}};
}

}  // namespace tandem::collectives
