#include "app/serve/served_study.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "algorithms/strategies/strategy.h"
#include "app/run/bounds.h"
#include "app/run/execute.h"
#include "app/scenario/loader.h"
#include "app/serve/codec_names.h"
#include "core/config/json.h"
#include "core/errors.h"

namespace tandem {
namespace {

constexpr int kMostWorkers = 64;
constexpr double kLeastBandwidth = 1e6, kMostBandwidth = 8e11;  ///< bit/s
constexpr std::size_t kMostSteps = 8;
constexpr const char* kNoCodec = "none";
/// What is offered besides the strategies of the scenario.
constexpr const char* kUsual[] = {"{name: allreduce, collective: ring}", "{name: ps-sync}", "{name: ps-async}",
                                  "{name: local-sgd, period: 4}", "{name: pipeline, microbatches: 8}"};

Json json_of(const Choice& strategy, Scenario scenario) {
  scenario.strategy = strategy;
  return to_json(scenario).at("strategy");
}

/// Only sizes travel, for a few steps: the time of a step does not depend on values.
void make_short(Scenario& scenario) {
  scenario.payload = Payload::phantom;
  scenario.workload.stop = {.steps = std::clamp<std::size_t>(scenario.workload.stop.steps, 1, kMostSteps)};
  scenario.workload.target = {};
  scenario.workload.evaluate_every = 0;
  scenario.checkpoint.reset();
  scenario.faults.clear();
  scenario.elastic.clear();
  scenario.membership.reset();
  scenario.recovery.reset();
  scenario.trace = scenario.save_parameters = false;
}

void add_strategy(const Choice& strategy, std::vector<Choice>& strategies) {
  const std::string label = strategy_label(strategy);
  const bool is_known = std::any_of(strategies.begin(), strategies.end(),
                                    [&](const Choice& known) { return strategy_label(known) == label; });
  if (!is_known) strategies.push_back(strategy);
}

/// What a slowdown of one worker for the whole run is; other slowdowns stay as the scenario has them.
double straggling_of(const Cluster& cluster) {
  return cluster.slowdowns.size() == 1 && std::isinf(cluster.slowdowns[0].until_s) && cluster.slowdowns[0].from_s == 0
             ? cluster.slowdowns[0].factor
             : 1;
}

std::vector<Lever> levers_of(const Scenario& base) {
  const Cluster& cluster = base.cluster;
  std::vector<Lever> levers = {{.name = "workers",
                                .label = "workers",
                                .low = 1,
                                .high = kMostWorkers,
                                .value = static_cast<double>(std::min(cluster.workers, kMostWorkers)),
                                .is_whole = true}};
  if (cluster.platform.empty()) {
    levers.push_back({.name = "bandwidth",
                      .label = "bandwidth of a link",
                      .unit = "bit/s",
                      .low = kLeastBandwidth,
                      .high = kMostBandwidth,
                      .value = 8 * cluster.network.bandwidth_bytes_per_s,
                      .is_logarithmic = true});
    levers.push_back({.name = "latency",
                      .label = "latency",
                      .unit = "s",
                      .low = 1e-7,
                      .high = 0.5,
                      .value = std::max(cluster.network.latency_s, 1e-7),
                      .is_logarithmic = true});
  }
  levers.push_back({.name = "straggler",
                    .label = "how much slower worker 0 is",
                    .low = 1,
                    .high = 10,
                    .value = std::clamp(straggling_of(cluster), 1.0, 10.0)});
  levers.push_back({.name = "microbatches",
                    .label = "micro-batches of a pipeline",
                    .low = 1,
                    .high = 64,
                    .value = json_of(base.strategy, base).value("microbatches", 8.0),
                    .is_whole = true});
  return levers;
}

}  // namespace

ServedStudy::ServedStudy(const std::string& text, const std::string& path, std::string task, std::string over)
    : task_(std::move(task)), over_(std::move(over)) {
  Plan plan = parse_plan(text, path, {fmt::format("world={}", simulated_world().name)});
  for (const Point& point : plan.points) add_strategy(point.scenario.strategy, strategies_);
  plan.points.resize(1);
  plan.repeat = 1;
  base_ = plan.points.front().scenario;
  prepared_ = prepare(plan);
  if (prepared_.runs.empty())
    throw UsageError(fmt::format("{}: {}", path, prepared_.points.front().skipped.value_or("")));
  base_ = prepared_.runs.front().scenario;
  data_ = prepared_.runs.front().data;
  make_short(base_);
  levers_ = levers_of(base_);
  for (const char* usual : kUsual) add_strategy(parse_strategy(usual), strategies_);
}

Json ServedStudy::description() const {
  Json json = {{"name", base_.name}, {"question", base_.question}, {"task", task_}, {"over", over_}};
  for (const char* list : {"levers", "strategies", "codecs"}) json[list] = Json::array();
  for (const Lever& lever : levers_) {
    json["levers"].push_back({{"name", lever.name},
                              {"label", lever.label},
                              {"unit", lever.unit},
                              {"low", lever.low},
                              {"high", lever.high},
                              {"value", lever.value},
                              {"is_whole", lever.is_whole},
                              {"is_logarithmic", lever.is_logarithmic}});
  }
  for (const Choice& strategy : strategies_) {
    const Json keys = json_of(strategy, base_);
    json["strategies"].push_back(
        {{"label", strategy_label(strategy)}, {"has_microbatches", keys.contains("microbatches")}});
  }
  json["codecs"].push_back(kNoCodec);
  for (const std::string& codec : codec_names()) json["codecs"].push_back(codec);
  return json;
}

double ServedStudy::value_of(const std::string& lever, const nlohmann::json& state) const {
  const auto known = std::find_if(levers_.begin(), levers_.end(), [&](const Lever& one) { return one.name == lever; });
  if (known == levers_.end()) return 0;
  if (!state.contains(lever)) return known->value;
  const nlohmann::json& given = state.at(lever);
  const double value = given.is_number() ? given.get<double>() : NAN;
  if (!(value >= known->low && value <= known->high) || (known->is_whole && value != std::floor(value)))
    throw UsageError(fmt::format("{}: {} is not a {} from {:g} to {:g}", lever, given.dump(),
                                 known->is_whole ? "whole number" : "number", known->low, known->high));
  return value;
}

Scenario ServedStudy::scenario_in(const nlohmann::json& state) const {
  if (!state.is_object()) throw UsageError("a state is an object");
  Scenario scenario = base_;
  Cluster& cluster = scenario.cluster;
  cluster.workers = static_cast<int>(value_of("workers", state));
  if (cluster.platform.empty()) {
    cluster.network.bandwidth_bytes_per_s = value_of("bandwidth", state) / 8;
    cluster.network.latency_s = value_of("latency", state);
  }
  const double straggling = value_of("straggler", state);
  if (straggling != straggling_of(cluster)) cluster.slowdowns.clear();
  if (straggling > 1 && cluster.slowdowns.empty()) cluster.slowdowns = {{.ranks = 0, .factor = straggling}};

  const nlohmann::json index = state.value("strategy", nlohmann::json(0));
  const auto strategies = static_cast<std::int64_t>(strategies_.size());
  if (!index.is_number_integer() || index.get<std::int64_t>() < 0 || index.get<std::int64_t>() >= strategies)
    throw UsageError(fmt::format("strategy: {} is not an index below {}", index.dump(), strategies));
  Json strategy = json_of(strategies_[index.get<std::size_t>()], scenario);
  if (strategy.contains("microbatches")) strategy["microbatches"] = static_cast<int>(value_of("microbatches", state));
  const nlohmann::json codec = state.value("codec", nlohmann::json(kNoCodec));
  const std::vector<std::string> known = codec_names();
  const bool is_codec =
      codec.is_string() && std::find(known.begin(), known.end(), codec.get<std::string>()) != known.end();
  if (!is_codec && codec != kNoCodec) throw UsageError(fmt::format("codec: there is no {}", codec.dump()));
  if (is_codec) strategy["codec"] = {{"name", codec}};
  scenario.strategy = parse_strategy(strategy.dump());
  return scenario;
}

namespace {

std::vector<double> with_own(std::vector<double> values, double own) {
  if (std::find(values.begin(), values.end(), own) == values.end()) values.push_back(own);
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace

std::vector<double> ServedStudy::workers_shown(double workers) {
  std::vector<double> shown;
  for (double n = 1; n <= std::max(16.0, workers); n *= 2) shown.push_back(n);
  return with_own(shown, workers);
}

std::vector<double> ServedStudy::bandwidths_shown(double bandwidth) {
  std::vector<double> shown;
  for (double decade = 1e7; decade < 1e12; decade *= 10) {
    for (const double digit : {1.0, 3.0}) shown.push_back(digit * decade);
  }
  std::erase_if(shown, [](double value) { return value > kMostBandwidth; });
  return with_own(shown, bandwidth);
}

Json ServedStudy::formula_of(const Scenario& scenario) const {
  const int workers = scenario.cluster.workers;
  try {
    const Strategy& strategy = strategy_of(scenario.strategy);
    const Job job = job_of(scenario, data_);
    if (const auto reason = strategy.refusal(job)) return {{"workers", workers}, {"refused", *reason}};
    const StepCost cost = step_cost(scenario, strategy, job);
    return {{"workers", workers},
            {"step_s", cost.least_s()},
            {"computation_s", cost.computation_s()},
            {"communication_s", cost.communication_s()},
            {"samples_per_s", static_cast<double>(job.batches.global_batch()) / cost.least_s()},
            {"bound_by", cost.bounds.empty() ? "" : cost.bounds.front().resource}};
  } catch (const UsageError& error) {
    return {{"workers", workers}, {"refused", error.what()}};
  }
}

Json ServedStudy::formula(const nlohmann::json& state) const {
  const std::string label = strategy_label(scenario_in(state).strategy);
  const double own = value_of(over_, state);
  Json points = Json::array();
  for (const double value : over_ == "bandwidth" ? bandwidths_shown(own) : workers_shown(own)) {
    nlohmann::json there = state;
    there[over_] = value;
    points.push_back(formula_of(scenario_in(there)));
    points.back()["at"] = value;
  }
  return {{"label", label}, {"points", points}};
}

}  // namespace tandem
