#include "algorithms/collectives/auto.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/collectives/power_of_two.h"
#include "core/units.h"

namespace tandem {
namespace {

// All costs are in latencies: a message of 0 bytes costs 1. `vector` is the time of all bytes on one link, `sum` that
// of adding all of them once.
struct Times {
  double vector;
  double sum;
};

double ring_cost(int n, const Times& times) {
  const double share = (n - 1.0) / n;
  return 2 * (n - 1) + 2 * share * times.vector + share * times.sum;
}

// Into the power of two and out of it.
double fold_cost(const PowerOfTwo& core, const Times& times) {
  return core.extra == 0 ? 0 : 2 + 2 * times.vector + times.sum;
}

double rounds(const PowerOfTwo& core) {
  int count = 0;
  for (int distance = 1; distance < core.p; distance *= 2) ++count;
  return count;
}

double recursive_doubling_cost(int n, const Times& times) {
  const PowerOfTwo core(n, 0);
  return rounds(core) * (1 + times.vector + times.sum) + fold_cost(core, times);
}

double halving_doubling_cost(int n, const Times& times) {
  const PowerOfTwo core(n, 0);
  const double share = (core.p - 1.0) / core.p;
  return 2 * rounds(core) + 2 * share * times.vector + share * times.sum + fold_cost(core, times);
}

}  // namespace

const Collective& pick_collective(int size, std::size_t count) {
  const double vector = static_cast<double>(bytes_of(count)) / kBytesALatency;
  const Times times{.vector = vector, .sum = kSumAByte * vector};
  const double ring = (1 - kRingBonus) * ring_cost(size, times);
  const double doubling = recursive_doubling_cost(size, times);
  const double halving = halving_doubling_cost(size, times);
  if (doubling <= std::min(halving, ring)) return *find_collective("recursive-doubling");
  return *find_collective(halving < ring ? "halving-doubling" : "ring");
}

void auto_all_reduce(Comm& comm, Slice data) { pick_collective(comm.size(), data.count).all_reduce(comm, data); }

Traffic auto_traffic(int size, int rank, std::size_t count) {
  return pick_collective(size, count).traffic(size, rank, count);
}

std::string picks_text(int size, const std::vector<std::size_t>& counts) {
  std::vector<std::string> picks;
  for (const Collective& collective : collectives()) {
    std::vector<std::string> vectors;
    for (const std::size_t count : counts) {
      if (&pick_collective(size, count) != &collective) continue;
      std::string bytes = format_quantity(static_cast<double>(bytes_of(count)), Dimension::bytes, 3);
      if (std::find(vectors.begin(), vectors.end(), bytes) == vectors.end()) vectors.push_back(std::move(bytes));
    }
    if (!vectors.empty()) picks.push_back(fmt::format("{} for {}", collective.name, fmt::join(vectors, ", ")));
  }
  return fmt::format("{}", fmt::join(picks, "; "));
}

}  // namespace tandem
