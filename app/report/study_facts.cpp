#include "app/report/study_facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include "app/store/columns.h"
#include "app/store/target.h"
#include "core/counted.h"
#include "core/units.h"

namespace tandem {
namespace {

struct ScalingKind {
  std::string text;
  bool is_weak = false, batches_differ = false;
};

ScalingKind scaling_of(const Plan& plan) {
  std::set<std::size_t> global, per_worker;
  bool is_swept = false;
  for (const Point& point : plan.points) {
    for (const auto& [key, value] : point.factors) is_swept = is_swept || key.starts_with("workload.batch");
    const BatchSpec& batch = point.scenario.workload.batch;
    if (batch.global != 0) global.insert(batch.global);
    if (batch.per_worker != 0) per_worker.insert(batch.per_worker);
  }
  if (!global.empty() && !per_worker.empty()) return {.text = "strong and weak scaling, see the batch sizes"};
  // In a table of measurements every row may have a batch of its own, so neither strong nor weak scaling applies.
  if (global.size() > 1 && !is_swept)
    return {.text = fmt::format("the batch differs by point, global {}", fmt::join(global, ", ")),
            .batches_differ = true};
  if (!global.empty()) return {.text = fmt::format("strong scaling, global batch {}", fmt::join(global, ", "))};
  if (!per_worker.empty())
    return {.text = fmt::format("weak scaling, batch {} per worker", fmt::join(per_worker, ", ")), .is_weak = true};
  return {.text = "batch not stated"};
}

/// The value that all points share, or a text that says that it varies; an axis or a label then shows it.
std::string one_or(const std::set<std::string>& values, const std::string& otherwise) {
  return values.size() == 1 ? *values.begin() : otherwise;
}

/// Links and hosts of those points whose links have the scenario's bandwidth.
std::string cluster_text(const Plan& plan, const std::vector<RunResult>& results) {
  std::set<std::string> kinds, topologies, bandwidths, latencies, speeds, models;
  for (const Point& point : plan.points) {
    const Scenario& scenario = point.scenario;
    if (point.skipped || !scenario.has_links()) continue;
    kinds.insert(scenario.links_are_emulated() ? "emulated" : "simulated");
    const Cluster& cluster = scenario.cluster;
    topologies.insert(cluster.platform.empty() ? cluster.network.topology
                                               : std::filesystem::path(cluster.platform).filename().string());
    if (!cluster.platform.empty()) continue;
    bandwidths.insert(format_quantity(cluster.network.bandwidth_bytes_per_s, Dimension::data_rate, 4));
    latencies.insert(format_quantity(cluster.network.latency_s, Dimension::time, 4));
    speeds.insert(format_quantity(cluster.speed_flops_per_s, Dimension::compute_rate, 4));
  }
  for (const RunResult& result : results) {
    if (result.failure.empty() && !result.network_model.empty()) models.insert(result.network_model);
  }
  if (topologies.empty() && models.empty()) return {};
  std::vector<std::string> parts(topologies.begin(), topologies.end());
  if (!bandwidths.empty()) {
    parts.push_back(one_or(bandwidths, "bandwidth varied"));
    parts.push_back(one_or(latencies, "latency varied"));
    parts.push_back("hosts of " + one_or(speeds, "varied speed"));
  }
  if (!models.empty()) {
    parts.push_back(fmt::format("{}", fmt::join(models, " and ")));
    kinds.insert("simulated");
  }
  return fmt::format("{} network: {}", fmt::join(kinds, " and "), fmt::join(parts, ", "));
}

std::string factors_text(const std::vector<std::pair<std::string, std::string>>& factors,
                         const std::string& otherwise) {
  if (factors.empty()) return otherwise;
  std::vector<std::string> words;
  for (const auto& [key, value] : factors) {
    const std::string name(canonical_column(key));
    words.push_back(name == "strategy" || name == "world" ? value : fmt::format("{} {}", name, value));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

/// What was not run, and why.
struct NotRun {
  std::vector<std::string> names;
  std::set<std::string> reasons;

  void add(const std::string& name, const std::string& reason) {
    names.push_back(name);
    reasons.insert(reason);
  }
};

/// "3 failed runs (a; b; ...), because ...": all of them up to three, and their reason where it is one.
std::string listed(std::string_view what, const NotRun& missing) {
  const std::vector<std::string>& items = missing.names;
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> shown(items.begin(),
                                       items.begin() + static_cast<long>(std::min(items.size(), kShown)));
  const std::string reason = missing.reasons.size() == 1 ? ", because " + *missing.reasons.begin() : "";
  return fmt::format("{} ({}{}){}", counted(std::ssize(items), what), fmt::join(shown, "; "),
                     items.size() > kShown ? "; ..." : "", reason);
}

std::string not_as_asked(const Plan& plan, const std::vector<RunResult>& results) {
  NotRun skipped, failed;
  std::vector<std::string> parts;
  for (const Point& point : plan.points) {
    if (point.skipped) skipped.add(factors_text(point.factors, point.scenario.strategy.name), *point.skipped);
  }
  for (const RunResult& result : results) {
    if (!result.failure.empty()) failed.add(factors_text(result.factors, result.strategy_label), result.failure);
  }
  if (!skipped.names.empty()) parts.push_back(listed("skipped point", skipped));
  if (!failed.names.empty()) parts.push_back(listed("failed run", failed));
  std::vector<std::string> sentences;
  if (!plan.replaced.empty()) sentences.push_back(plan.replaced);
  if (!parts.empty()) sentences.push_back(fmt::format("Not plotted: {}.", fmt::join(parts, ", ")));
  return fmt::format("{}", fmt::join(sentences, " "));
}

/// The world that emulates the links of a point; all points name the same cluster, so the first stands for the others.
std::string emulating_world(const Plan& plan) {
  for (const Point& point : plan.points) {
    if (!point.skipped && point.scenario.links_are_emulated()) return point.scenario.world;
  }
  return {};
}

/// The targets that all points of the grid share.
std::vector<std::pair<std::string, double>> targets_of(const Plan& plan) {
  std::vector<std::pair<std::string, double>> targets;
  if (plan.points.empty()) return targets;
  for (const TargetKind& kind : kTargetKinds) {
    const auto value_at = [&](const Point& point) { return target_value(point.scenario.workload, kind); };
    const std::optional<double> first = value_at(plan.points.front());
    const bool is_same = std::all_of(plan.points.begin(), plan.points.end(),
                                     [&](const Point& point) { return value_at(point) == first; });
    if (first && is_same) targets.emplace_back(kind.y, *first);
  }
  return targets;
}

}  // namespace

StudyFacts study_facts(const Plan& plan, const std::vector<RunResult>& results) {
  const ScalingKind scaling = scaling_of(plan);
  return {.name = plan.name,
          .question = plan.question,
          .scaling = scaling.text,
          .cluster = cluster_text(plan, results),
          .is_weak = scaling.is_weak,
          .batches_differ = scaling.batches_differ,
          .emulated_in = emulating_world(plan),
          .not_as_asked = not_as_asked(plan, results),
          .targets = targets_of(plan),
          .figures = plan.figures};
}

}  // namespace tandem
