// Recursive-doubling all-reduce (Thakur, Rabenseifner and Gropp, "Optimization of collective communication operations
// in MPICH", 2005): in round k every rank exchanges its whole vector with the rank at distance 2^k and adds what it
// gets. Both add the same two vectors, so both have the same bits.
//
//   cost, n a power of two: log2 n (alpha + N beta)
//   messages per rank: log2 n, of N bytes each
//
// It takes the fewest steps of all, for vectors so small that only latency counts; for larger ones the bytes are far
// from optimal. Other rank counts pay two more messages of N bytes, see power_of_two.h.
#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/power_of_two.h"

namespace tandem::collectives {
namespace {

void all_reduce(Comm& comm, Slice data) {
  constexpr int kExchange = 1;
  const PowerOfTwo core(comm.size(), comm.rank());
  fold_in(comm, core, data);
  if (core.takes_part()) {
    const Slice arriving = comm.scratch(data.count, data.element);
    for (int distance = 1; distance < core.p; distance *= 2) {
      const int partner = core.rank_at(core.place() ^ distance);
      comm.send_recv(partner, data, partner, arriving, kExchange);
      accumulate(comm, data, arriving);
    }
  }
  fold_out(comm, core, data);
}

Traffic traffic(const CallShape& shape, int rank) {
  const PowerOfTwo core(shape.size, rank);
  Traffic traffic = fold_traffic(core, shape.count);
  if (!core.takes_part()) return traffic;
  const auto rounds = static_cast<std::uint64_t>(core.rounds());
  const std::uint64_t bytes = rounds * value_bytes(shape.count);
  traffic += {rounds, bytes, rounds, bytes};
  return traffic;
}

double cost_s(const CallShape& shape, const LinkCosts& links) {
  const PowerOfTwo core(shape.size, 0);
  const double bytes = bytes_of_call(shape);
  const double round_s = links.alpha_s + bytes * links.beta_s_per_byte + bytes * links.gamma_s_per_byte;
  return core.rounds() * round_s + fold_cost_s(core, bytes, links);
}

}  // namespace

Collective recursive_doubling() {
  return {.name = "recursive-doubling",
          .doc = "whole vectors in log2 n steps: for small vectors",
          .paper = "Thakur, Rabenseifner and Gropp 2005",
          .all_reduce = {all_reduce, traffic, cost_s}};
}

}  // namespace tandem::collectives
