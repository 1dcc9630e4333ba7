#include "app/scenario/scenario.h"

#include <fmt/format.h>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/cluster_rules.h"
#include "app/scenario/scenario_fields.h"
#include "core/units.h"

namespace tandem {

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
  // Other worlds ignore it, and the same scenario may be run in several worlds.
  if (!scenario.traits().predicts) json.erase(kSimulationKey);
  return json;
}

}  // namespace tandem
