#include "algorithms/collectives/pick.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"

namespace tandem {

const Collective& pick_all_reduce(int size, std::size_t count) {
  const Collective& ring = collective_named("ring");
  const Collective& doubling = collective_named("recursive-doubling");
  const Collective& halving = collective_named("halving-doubling");
  // In latencies: a message of 0 bytes costs 1.
  const LinkCosts links{
      .alpha_s = 1, .beta_s_per_byte = 1 / kBytesPerLatency, .gamma_s_per_byte = kSumPerByte / kBytesPerLatency};
  const auto cost = [&](const Collective& collective) {
    return collective.all_reduce.cost_s(size, static_cast<double>(value_bytes(count)), links);
  };
  const double ring_cost = (1 - kRingBonus) * cost(ring), halving_cost = cost(halving);
  if (cost(doubling) <= std::min(halving_cost, ring_cost)) return doubling;
  return halving_cost < ring_cost ? halving : ring;
}

std::string picks_text(int size, const std::vector<std::size_t>& counts) {
  std::vector<std::string> picks;
  for (const Collective& collective : all_collectives()) {
    std::vector<std::string> vectors;
    for (const std::size_t count : counts) {
      if (&pick_all_reduce(size, count) != &collective) continue;
      std::string bytes = format_quantity(static_cast<double>(value_bytes(count)), Dimension::bytes, 3);
      if (std::find(vectors.begin(), vectors.end(), bytes) == vectors.end()) vectors.push_back(std::move(bytes));
    }
    if (!vectors.empty()) picks.push_back(fmt::format("{} for {}", collective.name, fmt::join(vectors, ", ")));
  }
  return fmt::format("{}", fmt::join(picks, "; "));
}

}  // namespace tandem
