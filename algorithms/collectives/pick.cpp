#include "algorithms/collectives/pick.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/units.h"

namespace tandem {

const Collective& pick_all_reduce(const CallShape& shape) {
  const Collective* best = &collective_named("ring");
  double best_cost = (1 - kRingBonus) * best->all_reduce.cost_s(shape, kAssumedLinks);
  const auto consider = [&](std::string_view name) {
    const Collective& candidate = collective_named(name);
    const double cost = candidate.all_reduce.cost_s(shape, kAssumedLinks);
    if (cost < best_cost) best = &candidate, best_cost = cost;
  };
  consider("halving-doubling");
  const bool has_levels = shape.ranks_per_node > 1 && shape.ranks_per_node < shape.size;
  if (has_levels) consider("hierarchical");
  const Collective& doubling = collective_named("recursive-doubling");
  return doubling.all_reduce.cost_s(shape, kAssumedLinks) <= best_cost ? doubling : *best;
}

std::string picks_text(const Collective& collective, CallShape shape, const std::vector<std::size_t>& counts) {
  std::vector<std::string> picks;
  for (const Collective& picked : all_collectives()) {
    std::vector<std::string> vectors;
    for (const std::size_t count : counts) {
      shape.count = count;
      if (&collective.pick(shape) != &picked) continue;
      std::string bytes = format_quantity(static_cast<double>(value_bytes(count)), Dimension::bytes, 3);
      if (std::find(vectors.begin(), vectors.end(), bytes) == vectors.end()) vectors.push_back(std::move(bytes));
    }
    if (!vectors.empty()) picks.push_back(fmt::format("{} for {}", picked.name, fmt::join(vectors, ", ")));
  }
  return fmt::format("{}", fmt::join(picks, "; "));
}

}  // namespace tandem
