#include "app/scenario/grid.h"

#include <fmt/format.h>

#include <set>

#include "app/scenario/scenario_fields.h"
#include "core/config/limits.h"
#include "core/config/nearest.h"

namespace tandem {
namespace {

/// Keys that describe the scenario rather than a run, and so cannot be swept.
bool can_be_swept(std::string_view key) {
  for (std::string_view fixed : {"tandem", "name", "question", "sweep", "report"}) {
    if (key == fixed || (key.starts_with(fixed) && key.substr(fixed.size()).starts_with('.'))) return false;
  }
  return true;
}

std::vector<std::string> sweepable_keys() {
  std::vector<std::string> keys = all_paths(scenario_fields().info());
  std::erase_if(keys, [](const std::string& key) { return !can_be_swept(key); });
  return keys;
}

bool check_key(const Entry& entry, Reader& reader) {
  if (!can_be_swept(entry.key)) {
    reader.error(entry.position, fmt::format("sweep.grid cannot vary \"{}\"", entry.key));
    return false;
  }
  if (find_key(scenario_fields().info(), entry.key) != nullptr) return true;
  reader.error(entry.position, fmt::format("unknown key \"{}\" in sweep.grid", entry.key),
               nearest(entry.key, sweepable_keys()), "the dotted path of a scenario's key, such as cluster.workers");
  return false;
}

bool check_values(const Entry& entry, Reader& reader) {
  const Value& list = entry.value;
  const std::string name = "sweep.grid." + entry.key;
  if (list.kind != Value::Kind::list) {
    reader.error(list.position, fmt::format("{} must be a list of values, not {}", name, describe(list)));
    return false;
  }
  if (list.items.empty()) {
    reader.error(list.position, fmt::format("{} has no values, so there is nothing to run", name));
    return false;
  }
  std::set<std::string> seen;
  bool distinct = true;
  for (const Value& item : list.items) {
    if (seen.insert(flow_text(item)).second) continue;
    reader.error(item.position, fmt::format("{} has the value {} twice", name, flow_text(item)));
    distinct = false;
  }
  return distinct;
}

/// A key inside another swept key would overwrite it: strategy and strategy.servers.
bool check_overlap(const Entry& entry, const std::vector<Factor>& factors, Reader& reader) {
  for (const Factor& factor : factors) {
    const bool inside = entry.key.starts_with(factor.key + ".");
    const bool around = factor.key.starts_with(entry.key + ".");
    if (!inside && !around) continue;
    reader.error(entry.position,
                 fmt::format("sweep.grid varies both \"{}\" and \"{}\", one inside the other", factor.key, entry.key));
    return false;
  }
  return true;
}

}  // namespace

std::vector<Factor> read_factors(const Value& grid, Reader& reader) {
  std::vector<Factor> factors;
  double points = 1;
  for (const Entry& entry : grid.entries) {
    if (!check_key(entry, reader) || !check_values(entry, reader) || !check_overlap(entry, factors, reader)) continue;
    points *= static_cast<double>(entry.value.items.size());
    if (points > kMostPoints) {
      reader.error(entry.position, fmt::format("the grid has more than {:.0f} points", kMostPoints));
      return {};
    }
    factors.push_back({entry.key, entry.position, entry.value.items});
  }
  return factors;
}

std::size_t points_of(const std::vector<Factor>& factors) {
  std::size_t points = 1;
  for (const Factor& factor : factors) points *= factor.values.size();
  return points;
}

std::vector<std::size_t> indices_of(const std::vector<Factor>& factors, std::size_t point) {
  std::vector<std::size_t> indices(factors.size());
  for (std::size_t i = factors.size(); i-- > 0;) {
    indices[i] = point % factors[i].values.size();
    point /= factors[i].values.size();
  }
  return indices;
}

}  // namespace tandem
