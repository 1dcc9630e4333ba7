// Pairwise all-to-all (Thakur, Rabenseifner and Gropp 2005): in round k every rank sends to the rank k to its right
// what is for it, and receives from the rank k to its left. Every rank sends to one other and receives from one other
// at a time.
//
//   cost: (n-1) (alpha + N/n beta) for N bytes that a rank has for all
//   messages per rank: n, one of them to itself      bytes per rank: N, of which N/n stay
//
// The bytes of the direct exchange without its n-1 messages at a time: for long vectors, where many flows into one rank
// would be in each other's way.
#include "algorithms/collectives/collective.h"
#include "core/rounds.h"

namespace tandem::collectives {
namespace {

void all_to_all(Comm& comm, Slice outgoing, Slice incoming) {
  constexpr int kExchange = 1;
  const int n = comm.size();
  const std::size_t each = outgoing.count / static_cast<std::size_t>(n);
  const auto part = [&](Slice data, int rank) { return data.part(static_cast<std::size_t>(rank) * each, each); };
  Rounds rounds(comm, {.tag = kExchange, .rounds = n, .stride = 0, .shift = 1});
  for (int distance = 0; distance < n; ++distance)
    rounds.send_recv(part(outgoing, rounds.to()), part(incoming, rounds.from()));
}

Traffic traffic(const CallShape& shape, int) {
  const auto ranks = static_cast<std::uint64_t>(shape.size);
  const std::uint64_t bytes = value_bytes(shape.count);
  return {ranks, bytes, ranks, bytes, bytes / ranks};
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  return (shape.size - 1) * (links.alpha_s + bytes_of_call(shape) / shape.size * links.beta_s_per_byte);
}

}  // namespace

Collective pairwise() {
  return {.name = "pairwise",
          .doc = "an all-to-all in n-1 rounds, one partner each way at a time",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .all_to_all = {all_to_all, traffic, cost_s}};
}

}  // namespace tandem::collectives
