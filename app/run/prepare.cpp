#include "app/run/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "algorithms/strategies/strategy.h"
#include "app/worlds.h"
#include "core/errors.h"
#include "real/tcp/emulated_links.h"
#include "sim/network/platform.h"
#include "sim/network/platform_file.h"

namespace tandem {
namespace {

std::string file_name_of(std::size_t number, const Scenario& scenario, int repeat) {
  std::string text =
      fmt::format("{}-{}-n{}-r{}", strategy_label(scenario.strategy), scenario.world, scenario.cluster.workers, repeat);
  for (char& c : text) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '.') c = '_';
  }
  return fmt::format("{:04}-{}", number, text);
}

const Dataset* dataset_for(const Scenario& scenario, Prepared& prepared) {
  if (scenario.workload.model.kind == ModelKind::profile) return nullptr;
  const auto workload = to_json(scenario).at("workload");
  // Only made-up data depends on the seed: a sweep over seeds keeps one copy of a file's rows.
  const bool is_made_up = scenario.workload.data.source == DataSource::synthetic_linear;
  const std::string key =
      fmt::format("{} {} {}", workload.at("data").dump(), workload.at("loss").dump(), is_made_up ? scenario.seed : 0);
  auto& dataset = prepared.datasets[key];
  if (!dataset) {
    dataset = std::make_unique<Dataset>(load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed));
  }
  return dataset.get();
}

// Each file once, whatever the number of points.
void read_platform(Cluster& cluster, std::map<std::string, std::vector<double>>& known) {
  if (cluster.platform.empty()) return;
  const auto [speeds, is_new] = known.try_emplace(cluster.platform);
  if (is_new) speeds->second = sim::read_platform_file(cluster.platform);
  cluster.platform_speeds_flops_per_s = speeds->second;
}

std::string names_of_worlds() {
  std::vector<std::string_view> names;
  for (const World* world : worlds()) names.push_back(world->name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::optional<std::string> refusal_of(const Scenario& scenario, const Dataset* data) {
  const Strategy& strategy = strategy_of(scenario.strategy);
  const int workers = scenario.cluster.workers;
  const Job job = make_job(scenario.workload, scenario.strategy, workers, scenario.seed, data);
  if (auto reason = strategy.refusal(job)) return reason;
  if (scenario.cluster.emulate && scenario.world != "sim") {
    if (scenario.world != "tcp")
      return "cluster.emulate: links are emulated in the tcp world only; cluster.emulate_speed slows hosts in every "
             "world";
    if (auto reason = tcp::why_links_cannot_be_emulated(scenario.cluster)) return reason;
  }
  if (scenario.world == "sim") {
    try {
      sim::make_interconnect(scenario.cluster, strategy.layout(job.strategy, job.workers).ranks);
    } catch (const UsageError& error) {
      return error.what();
    }
  }
  return std::nullopt;
}

}  // namespace

Prepared prepare(const Plan& plan) {
  Prepared prepared;
  std::vector<Run> first_repeat;
  std::map<std::string, std::vector<double>> platforms;
  for (Point point : plan.points) {
    if (find_world(point.scenario.world) == nullptr) {
      throw UsageError(
          fmt::format("world {} is not in this build; it has {}", point.scenario.world, names_of_worlds()));
    }
    const Dataset* data = dataset_for(point.scenario, prepared);
    read_platform(point.scenario.cluster, platforms);
    if (!point.skipped) point.skipped = refusal_of(point.scenario, data);
    if (!point.skipped) first_repeat.push_back({.scenario = point.scenario, .factors = point.factors, .data = data});
    prepared.points.push_back(std::move(point));
  }
  const auto is_simulated_run = [](const Run& run) { return is_simulated(*find_world(run.scenario.world)); };
  for (int repeat = 0; repeat < plan.repeat; ++repeat) {
    for (Run run : first_repeat) {
      if (repeat > 0 && is_simulated_run(run)) continue;
      run.repeat = repeat;
      prepared.runs.push_back(std::move(run));
    }
  }
  // Simulations first: they can share the machine's cores, measurements cannot.
  std::stable_partition(prepared.runs.begin(), prepared.runs.end(), is_simulated_run);
  return prepared;
}

void place(std::vector<Run>& runs, const std::filesystem::path& study) {
  if (runs.size() == 1) {
    runs[0].directory = study;
    return;
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    runs[i].directory = study / "runs" / file_name_of(i + 1, runs[i].scenario, runs[i].repeat);
  }
}

}  // namespace tandem
