#include <array>

#include "algorithms/collectives/collective.h"
#include "algorithms/collectives/naive.h"
#include "algorithms/collectives/ring.h"

namespace tandem {
namespace {

constexpr std::array kCollectives = {
    Collective{"ring", "reduce-scatter, then all-gather, around a ring; optimal bytes", ring_all_reduce, ring_traffic},
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
  comm.compute({.memory_bytes = 3.0 * static_cast<double>(into.bytes())}, [&] {
    for (std::size_t i = 0; i < into.count; ++i) into.data[i] += from.data[i];
  });
}

}  // namespace tandem
