#include <array>

#include "algorithms/collectives/auto.h"
#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/halving_doubling.h"
#include "algorithms/collectives/naive.h"
#include "algorithms/collectives/recursive_doubling.h"
#include "algorithms/collectives/ring.h"

namespace tandem {
namespace {

constexpr std::array kCollectives = {
    Collective{"ring", "reduce-scatter, then all-gather, around a ring; optimal bytes", ring_all_reduce, ring_traffic},
    Collective{"halving-doubling", "the ring's bytes in 2 log2 n steps: for many ranks", halving_doubling_all_reduce,
               halving_doubling_traffic},
    Collective{"recursive-doubling", "whole vectors in log2 n steps: for small vectors", recursive_doubling_all_reduce,
               recursive_doubling_traffic},
    Collective{"auto", "one of these three, picked by the vector's size and the number of ranks", auto_all_reduce,
               auto_traffic},
    Collective{"naive", "gather to rank 0, sum, broadcast: the baseline to beat", naive_all_reduce, naive_traffic},
};

}  // namespace

std::span<const Collective> collectives() { return kCollectives; }

const Collective* find_collective(std::string_view name) {
  for (const Collective& collective : kCollectives) {
    if (collective.name == name) return &collective;
  }
  return nullptr;
}

void accumulate(Comm& comm, Slice into, Slice from) {
  comm.compute(work_of_sum(into.bytes()), [&] { add(into, from); });
}

}  // namespace tandem
