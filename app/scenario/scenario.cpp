#include "app/scenario/scenario.h"

#include <fmt/format.h>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/cluster_rules.h"
#include "app/scenario/scenario_fields.h"
#include "core/units.h"

namespace tandem {

std::string strategy_label(const StrategySpec& spec) {
  const StrategySpec usual{.name = spec.name};
  std::string label = spec.name;
  if (spec.name == "allreduce" || spec.collective != usual.collective) label += " " + spec.collective;
  if (spec.overlap) label += " overlap";
  if (spec.bucket_bytes != 0) label += " " + format_quantity(static_cast<double>(spec.bucket_bytes), Dimension::bytes);
  if (spec.servers != usual.servers) label += fmt::format(" x{}", spec.servers);
  if (spec.placement == Placement::colocated) label += " colocated";
  if (spec.staleness) label += fmt::format(" s={}", *spec.staleness);
  if (spec.microbatches != usual.microbatches) label += fmt::format(" m={}", spec.microbatches);
  if (spec.recompute == Recompute::all) label += " recompute";
  if (spec.recompute == Recompute::except_last) label += " recompute except-last";
  return label;
}

nlohmann::ordered_json to_json(const Scenario& scenario) {
  Draft draft;
  static_cast<Scenario&>(draft) = scenario;
  static_cast<ModelSpec&>(draft.model) = scenario.workload.model;
  draft.model.layers = scenario.workload.model.profile;
  if (const auto& costs = scenario.workload.costs) {
    draft.costs.emplace();
    draft.costs->parameters = costs->parameters;
    draft.costs->flops_per_sample = costs->flops_per_sample;
  }
  Json json = scenario_fields().write(draft);
  json.erase("sweep");
  json.erase("report");
  if (!scenario.cluster.platform.empty()) {
    Json& cluster = json["cluster"];
    cluster.erase("ranks_per_node");
    Json kept = Json::object();
    for (const auto& [key, value] : cluster["network"].items()) {
      if (stands_beside_platform(key)) kept[key] = value;
    }
    cluster["network"] = kept;
  }
  if (scenario.world != "sim") json.erase("sim");  // it has no meaning there, and the next world may be another
  return json;
}

}  // namespace tandem
