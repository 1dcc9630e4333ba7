#include "app/scenario/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/strategies/strategy.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/scenario/cluster_rules.h"
#include "app/scenario/elastic_fields.h"
#include "app/scenario/membership_fields.h"
#include "app/scenario/profile_rules.h"
#include "app/scenario/recovery_fields.h"
#include "core/units.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Exactly one of two keys of a map. A map that is missing altogether was reported before.
void require_one_of(const Value& tree, const std::string& map, const std::string& first, const std::string& second,
                    const std::string& why, Reader& reader) {
  const Entry* parent = find_path(tree, map);
  if (parent == nullptr || parent->value.kind != Value::Kind::map) return;
  if (!one_of(tree, map, {first, second}, why, reader).empty()) return;
  reader.error(parent->position, fmt::format("{} needs \"{}\" or \"{}\": {}", map, first, second, why));
}

/// Only what a layer says that it keeps can be left out.
void check_recomputation(const Value& tree, const ModelSpec& model, Reader& reader) {
  const auto some = [&](auto holds) { return std::ranges::any_of(model.profile, holds); };
  const auto refuse = [&](const std::string& why, const std::string& instead) {
    reader.error(place_of(tree, "workload.model.recompute"), why, {}, instead);
  };
  if (model.recompute == Recomputation::none || model.profile.empty()) return;
  if (!some([](const ProfileLayer& layer) { return layer.kept.has_value(); })) {
    refuse("no layer of the model says what it keeps, so there is nothing to compute anew",
           "none, or layers with \"kept\", as BERT, GPT-2 and Megatron have them");
  } else if (model.recompute == Recomputation::selective &&
             !some([](const ProfileLayer& layer) { return layer.kept && layer.kept->pairs > 0; })) {
    refuse("no layer of the model keeps anything for pairs of tokens, which is what selective recomputation leaves out",
           "none, full");
  }
}

void resolve_program(const Value& tree, const fs::path& folder, Programs& programs, Reader& reader,
                     Scenario& scenario) {
  if (scenario.strategy.find<ProgramOption>() == nullptr) return;
  ProgramOption& option = scenario.strategy.edit<ProgramOption>();
  const std::size_t errors_before = reader.errors();
  if (option.file.empty())
    return reader.error(place_of(tree, "strategy"), fmt::format("{} needs \"program\"", scenario.strategy.name), {},
                        "the name of a file that says what each rank does");
  resolve_file(tree, "strategy.program", folder, reader, option.file);
  if (reader.errors() == errors_before) option.program = programs.read(option.file);
}

/// What a program stands for is in its activities, not in a model.
ModelSpec no_model() { return {.kind = ModelKind::profile, .profile = {{.name = "none"}}}; }

void resolve_model(const Draft& draft, const Value& tree, Profiles& profiles, Reader& reader, Scenario& scenario) {
  ModelSpec& model = scenario.workload.model;
  if (scenario.strategy.find<ProgramOption>() != nullptr && !is_given(tree, "workload.model")) {
    model = no_model();
    return;
  }
  model = draft.model;
  if (model.kind != ModelKind::mlp) model.hidden.clear();
  if (model.kind == ModelKind::profile) {
    model.profile =
        profile_layers(draft.model, draft.cluster.speed_flops_per_s, tree, "workload.model", profiles, reader);
    check_recomputation(tree, model, reader);
  }
}

/// Trains the small model and charges the costs of the large one (workload.costs).
void resolve_costs(const Draft& draft, const Value& tree, Profiles& profiles, Reader& reader, Scenario& scenario) {
  if (!draft.costs) return;
  if (scenario.workload.model.kind == ModelKind::profile) {
    reader.error(place_of(tree, "workload.costs"), "a profile model states its own costs", {},
                 "workload.costs beside mlp, softmax or linear");
    return;
  }
  ModelCosts costs;
  for (const ProfileLayer& layer :
       profile_layers(*draft.costs, draft.cluster.speed_flops_per_s, tree, "workload.costs", profiles, reader)) {
    costs.parameters += layer.parameters;
    costs.flops_per_sample += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  }
  scenario.workload.costs = costs;
}

void resolve_data(const Value& tree, const fs::path& folder, Reader& reader, Scenario& scenario) {
  DataSpec& data = scenario.workload.data;
  const ModelKind model = scenario.workload.model.kind;
  if (!is_given(tree, "workload.data")) {
    data.source = model == ModelKind::profile  ? DataSource::none
                  : model == ModelKind::linear ? DataSource::synthetic_linear
                                               : DataSource::fashion_mnist;
  }
  const Position place = place_of(tree, "workload.data.source");
  if (model == ModelKind::profile && data.source != DataSource::none) {
    reader.error(place, "a profile model has sizes only and is trained on no data", {}, "none");
  }
  if (model != ModelKind::profile && data.source == DataSource::none) {
    reader.error(place, "only a profile model is trained on no data", {}, "fashion-mnist, synthetic-linear, csv, idx");
  }
  resolve_file(tree, "workload.data.path", folder, reader, data.path);
  resolve_file(tree, "workload.data.labels", folder, reader, data.labels_path);
}

void resolve_loss(const Value& tree, Reader& reader, Scenario& scenario) {
  WorkloadSpec& workload = scenario.workload;
  const ModelKind model = workload.model.kind;
  if (!is_given(tree, "workload.loss")) workload.loss = model == ModelKind::linear ? Loss::mse : Loss::cross_entropy;
  const Position place = place_of(tree, is_given(tree, "workload.loss") ? "workload.loss" : "workload.data.source");
  if (model == ModelKind::linear && workload.loss != Loss::mse) {
    reader.error(place, "a linear model predicts values, which cross-entropy cannot judge", {}, "mse");
  } else if (model == ModelKind::softmax && workload.loss != Loss::cross_entropy) {
    reader.error(place, "a softmax model predicts classes, which mse does not judge", {}, "cross-entropy");
  } else if (workload.data.source == DataSource::synthetic_linear && workload.loss == Loss::cross_entropy) {
    reader.error(place, "synthetic-linear has values as targets; cross-entropy needs class numbers", {},
                 "loss: mse, or another data source");
  } else if (workload.data.source == DataSource::fashion_mnist && workload.loss == Loss::mse) {
    reader.error(place, "fashion-mnist has class numbers as targets; mse needs values", {},
                 "loss: cross-entropy, or another data source");
  }
}

/// Nothing is computed with a profile model that could end training.
void check_stop(const Value& tree, const WorkloadSpec& workload, Reader& reader) {
  if (workload.model.kind != ModelKind::profile) return;
  if (workload.stop.epochs != 0) {
    reader.error(place_of(tree, "workload.stop.epochs"),
                 "workload.stop.epochs: a profile model has no data and so no epochs", {}, "workload.stop.steps");
  }
  if (workload.stop.loss) {
    reader.error(place_of(tree, "workload.stop.loss"),
                 "workload.stop.loss: a profile model computes no loss to stop at", {}, "workload.stop.steps alone");
  }
}

void check_target(const Value& tree, Reader& reader, const WorkloadSpec& workload) {
  const TargetSpec& target = workload.target;
  const auto refuse = [&](const std::string& key, const std::string& why, const std::string& instead) {
    reader.error(place_of(tree, "workload.target." + key), why, {}, instead);
  };
  const bool has_any = target.loss || target.validation_loss || target.validation_accuracy;
  if (has_any && workload.model.kind == ModelKind::profile) {
    reader.error(place_of(tree, "workload.target"), "a profile model has sizes only and learns nothing", {},
                 "mlp, softmax or linear; workload.costs charges them as a profile");
    return;
  }
  if (target.loss && workload.stop.loss && *target.loss < *workload.stop.loss) {
    refuse("loss",
           fmt::format("training stops at a loss of {} and never gets to {}", *workload.stop.loss, *target.loss),
           "a target from stop.loss up");
  }
  if (target.validation_accuracy && workload.loss == Loss::mse) {
    refuse("validation_accuracy", "mse judges values, which have no accuracy", "validation_loss");
  }
  for (const auto& [key, value] : {std::pair("validation_loss", target.validation_loss),
                                   std::pair("validation_accuracy", target.validation_accuracy)}) {
    if (value && workload.evaluate_every == 0)
      refuse(key, fmt::format("{} is only known at the end, so not when it was reached", key),
             "workload.evaluate_every from 1 up");
  }
}

void resolve_optimizer(const Value& tree, Scenario& scenario) {
  constexpr double kUsualMomentum = 0.9;
  const Entry* name = find_path(tree, "workload.optimizer.name");
  const bool by_name = name != nullptr && name->value.text == "momentum";
  if (by_name && !is_given(tree, "workload.optimizer.momentum")) scenario.workload.optimizer.momentum = kUsualMomentum;
}

/// SimGrid's default network model, LV08, as factors.
void resolve_network(const Value& tree, Scenario& scenario) {
  NetworkModel& model = scenario.cluster.network.model;
  if (model.name != "lv08") return;
  if (!is_given(tree, "cluster.network.latency_factor")) model.latency_factor = 13.01;
  if (!is_given(tree, "cluster.network.bandwidth_factor")) model.bandwidth_factor = 0.97;
  if (!is_given(tree, "cluster.network.cross_traffic")) model.cross_traffic = true;
}

void check_size_factors(const Value& tree, const Scenario& scenario, Reader& reader) {
  const std::vector<SizeFactor>& factors = scenario.cluster.network.model.size_factors;
  const auto is_out_of_order = [](const SizeFactor& one, const SizeFactor& next) {
    return one.above_bytes >= next.above_bytes;
  };
  const auto found = std::adjacent_find(factors.begin(), factors.end(), is_out_of_order);
  if (found == factors.end()) return;
  reader.error(
      place_of(tree, "cluster.network.size_factors"),
      fmt::format("sizes ascend; {} is not above {}", format_quantity((found + 1)->above_bytes, Dimension::bytes),
                  format_quantity(found->above_bytes, Dimension::bytes)));
}

void check_simgrid_flows(const Value& tree, const Scenario& scenario, Reader& reader) {
  const auto report = [&](const std::string& path, const std::string& what) {
    reader.error(place_of(tree, path), fmt::format("sim.network: simgrid {}", what));
  };
  if (!scenario.cluster.network.background.empty()) report("cluster.network.background", "has no background traffic");
  if (scenario.fidelity == Fidelity::coarse) report("sim.fidelity", "plays every message, not blocks of rounds");
}

void resolve_world(const Value& tree, Reader& reader, Scenario& scenario) {
  const bool is_profile = scenario.workload.model.kind == ModelKind::profile;
  const bool simulates = scenario.traits().predicts;
  if (!simulates) scenario.payload = Payload::numeric;
  if (simulates && is_profile) {
    if (is_given(tree, "sim.payload") && scenario.payload == Payload::numeric) {
      reader.error(place_of(tree, "sim.payload"), "a profile model has sizes only", {}, "phantom");
    }
    scenario.payload = Payload::phantom;
  }
  if (!simulates) scenario.fidelity = Fidelity::full, scenario.flows = FlowModel::tandem;
  check_size_factors(tree, scenario, reader);
  if (scenario.flows == FlowModel::simgrid) check_simgrid_flows(tree, scenario, reader);
  if (!is_given(tree, "cluster.emulate_speed"))
    scenario.cluster.emulate_speed = (is_profile || scenario.cluster.emulate) && !simulates;
}

void check_name(const Value& tree, Reader& reader, const std::string& name) {
  constexpr std::size_t kLongestName = 100;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  const bool plain = name.find_first_not_of(kLetters) == std::string::npos;
  const bool starts_well = !name.starts_with('.') && !name.starts_with('-');
  if (plain && starts_well && name.size() <= kLongestName) return;
  reader.error(place_of(tree, "name"), fmt::format("name = \"{}\" cannot be the name of a folder", name), {},
               "up to 100 letters, digits, '-', '_' and '.', not beginning with '-' or '.'");
}

}  // namespace

Scenario resolve(const Draft& draft, const Value& tree, const fs::path& folder, Profiles& profiles, Programs& programs,
                 Reader& reader) {
  require_one_of(tree, "workload.batch", "global", "per_worker", "strong or weak scaling is never guessed", reader);
  require_one_of(tree, "workload.stop", "steps", "epochs", "how long to train", reader);
  Scenario scenario = draft;
  if (!scenario.strategy) scenario.strategy = default_strategy();
  if (reader.errors() > 0) return scenario;  // the rest would judge values that could not be read
  check_name(tree, reader, scenario.name);
  resolve_program(tree, folder, programs, reader, scenario);
  resolve_model(draft, tree, profiles, reader, scenario);
  resolve_costs(draft, tree, profiles, reader, scenario);
  resolve_data(tree, folder, reader, scenario);
  resolve_loss(tree, reader, scenario);
  check_stop(tree, scenario.workload, reader);
  check_target(tree, reader, scenario.workload);
  resolve_optimizer(tree, scenario);
  resolve_network(tree, scenario);
  resolve_world(tree, reader, scenario);
  resolve_cluster(tree, folder, reader, scenario.cluster);
  return scenario;
}

std::optional<Conflict> conflict(const Scenario& scenario) {
  if (scenario.workload.costs) {
    const auto refuse = [](const std::string& why) { return Conflict{"workload.costs", "workload.costs: " + why}; };
    if (!scenario.traits().honours(Feature::stated_costs)) {
      return refuse(
          fmt::format("only a simulated network carries other bytes than it is given, not {}", scenario.world));
    }
    const Facts facts = strategy_of(scenario.strategy).facts(scenario.strategy);
    if (facts.sends_activations) return refuse("what stages hand on has no counterpart in the costs");
    if (facts.picks_by_size) return refuse("auto would pick for the small model; name a collective");
  }
  if (auto found = checkpoint_conflict(scenario)) return found;
  if (auto found = elastic_conflict(scenario)) return found;
  if (auto found = membership_conflict(scenario)) return found;
  if (auto found = recovery_conflict(scenario)) return found;
  const Cluster& cluster = scenario.cluster;
  if (const auto reason = refusal_of_collective(scenario.strategy, cluster.workers, cluster.ranks_per_node)) {
    return Conflict{"strategy.collective", fmt::format("{}: {} workers, cluster.ranks_per_node is {}", *reason,
                                                       cluster.workers, cluster.ranks_per_node)};
  }
  return cluster_conflict(scenario);
}

}  // namespace tandem
