#include "app/run/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <regex>

#include "algorithms/strategies/replay_program.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/workload_error.h"
#include "app/run/attempt_text.h"
#include "app/run/dealing.h"
#include "app/run/emulation.h"
#include "app/run/memory.h"
#include "app/scenario/elastic_fields.h"
#include "app/scenario/loader.h"
#include "app/scenario/places.h"
#include "app/store/provenance.h"
#include "app/store/sha256.h"
#include "app/store/whole_file.h"
#include "app/worlds/worlds.h"
#include "core/counted.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "core/units.h"
#include "sim/simulator.h"

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

Conflict conflict_of(const WorkloadError& error) { return {error.path(), error.what(), error.allowed()}; }

/// A study's data, each loaded once: a data set, or what is wrong with the values that describe it.
class Datasets {
 public:
  explicit Datasets(Prepared& prepared) : prepared_(prepared) {}

  /// Null with a profile model, and after a mistake.
  const Dataset* find(const Scenario& scenario, std::optional<Conflict>& mistake) {
    if (scenario.workload.model.kind == ModelKind::profile) return nullptr;
    const std::string key = key_of(scenario);
    if (const auto known = mistakes_.find(key); known != mistakes_.end()) mistake = known->second;
    if (mistake) return nullptr;
    auto& dataset = prepared_.datasets[key];
    if (dataset) return dataset.get();
    try {
      const WorkloadSpec& workload = scenario.workload;
      dataset = std::make_unique<Dataset>(load_dataset(workload.data, workload.loss, scenario.seed));
    } catch (const WorkloadError& error) {
      prepared_.datasets.erase(key);
      mistake = mistakes_[key] = conflict_of(error);
      return nullptr;
    }
    return dataset.get();
  }

 private:
  static std::string key_of(const Scenario& scenario) {
    const auto workload = to_json(scenario).at("workload");
    // Only synthetic data depends on the seed, so a sweep over seeds keeps one copy of a file's rows.
    const bool is_made_up = scenario.workload.data.source == DataSource::synthetic_linear;
    return fmt::format("{} {} {}", workload.at("data").dump(), workload.at("loss").dump(),
                       is_made_up ? scenario.seed : 0);
  }

  Prepared& prepared_;
  std::map<std::string, Conflict> mistakes_;
};

// Reads each file once, whatever the number of points.
void read_platform(Cluster& cluster, std::map<std::string, std::vector<PlatformHost>>& known) {
  if (cluster.platform.empty()) return;
  const auto [hosts, is_new] = known.try_emplace(cluster.platform);
  if (is_new) hosts->second = sim::simulator().read_platform_file(cluster.platform);
  cluster.platform_hosts = hosts->second;
}

/// Every worker has parameters and gradients of its own; no strategy splits a model into more parts than there are
/// workers.
std::optional<Conflict> too_large(const Scenario& scenario, const Model& model) {
  const std::optional<double> machine_bytes = memory_for_values_bytes(scenario, model);
  const double least_bytes = 2.0 * static_cast<double>(bytes_of(model.parameters));
  if (!machine_bytes || least_bytes <= *machine_bytes) return std::nullopt;
  const auto text = [](double bytes) { return format_quantity(bytes, Dimension::bytes, 3); };
  return Conflict{"workload.model",
                  fmt::format("{} parameters and their gradients take {}, and this machine has {} of memory",
                              model.parameters, text(least_bytes), text(*machine_bytes))};
}

std::optional<Conflict> refusal_of_job(const Scenario& scenario, const Job& job) {
  if (const auto reason = strategy_of(scenario.strategy).refusal(job)) return Conflict{"strategy", *reason};
  if (const auto reason = refusal_of_memory(scenario, job)) return Conflict{"cluster.host.memory", *reason};
  if (const auto reason = refusal_of_all_memory(scenario, job)) return Conflict{"cluster.workers", *reason};
  return std::nullopt;
}

/// A step from `first` on at which something is to happen, and which never begins.
Conflict never_begins(const std::string& path, std::uint64_t step, std::size_t first, std::size_t steps) {
  return {path, fmt::format("{}: step {} never begins: training has {}", path, step, counted(steps, "step")),
          first < steps ? fmt::format("step {} to step {}", first, steps - 1) : ""};
}

/// Why the strategy cannot do this work, in any world. Throws WorkloadError.
std::optional<Conflict> refusal_of_work(const Scenario& scenario, const Dataset* data) {
  const Model model = make_model(scenario.workload.model, scenario.workload.loss, data);
  if (auto reason = too_large(scenario, model)) return reason;
  const Job job = job_of(scenario, data);
  if (auto reason = refusal_of_job(scenario, job)) return reason;
  for (const WorkersForSteps& part : planned_workers(scenario, job.steps)) {
    if (part.workers == job.workers) continue;
    const Scenario changed = with_workers(scenario, part.workers);
    if (const auto refusal = refusal_of_job(changed, job_of(changed, data)))
      return Conflict{part.because, fmt::format("{}: from step {} on {}", part.because, part.begin, refusal->reason)};
  }
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    const std::optional<FaultTime>& at = scenario.faults[i].at;
    if (at && at->step && *at->step >= job.steps)
      return never_begins(fmt::format("faults[{}].at", i), *at->step, 0, job.steps);
  }
  for (std::size_t i = 0; i < scenario.elastic.size(); ++i) {
    const std::uint64_t step = *scenario.elastic[i].at->step;
    if (step >= job.steps) return never_begins(fmt::format("elastic[{}].at", i), step, 1, job.steps);
  }
  return std::nullopt;
}

std::optional<Conflict> refusal_of_values_or_work(const Scenario& scenario, const Dataset* data) {
  try {
    return refusal_of_work(scenario, data);
  } catch (const WorkloadError& error) {
    return conflict_of(error);
  }
}

/// Why this machine cannot offer the cluster in the scenario's world.
std::optional<Conflict> refusal_of_world(const Scenario& scenario) {
  const World& world = scenario.traits();
  if (scenario.cluster.emulate && !world.honours(Feature::links) && !world.honours(Feature::emulated_links)) {
    return Conflict{"cluster.emulate", fmt::format("cluster.emulate: links are emulated in the {} world only; "
                                                   "cluster.emulate_speed slows hosts in every world",
                                                   worlds_that_honour(Feature::emulated_links))};
  }
  if (world.refusal == nullptr) return std::nullopt;
  const Strategy& strategy = strategy_of(scenario.strategy);
  const char* path = !scenario.cluster.platform.empty()       ? "cluster.platform"
                     : world.predicts                         ? "cluster.network"
                     : world.honours(Feature::emulated_links) ? "cluster.emulate"
                                                              : "world";
  const auto refusal_of = [&](int workers) -> std::optional<Conflict> {
    const int ranks = strategy.layout(scenario.strategy, workers).ranks;
    const auto reason = world.refusal(emulated_cluster(with_workers(scenario, workers).cluster, ranks), ranks);
    return reason ? std::optional(Conflict{path, *reason}) : std::nullopt;
  };
  if (auto reason = refusal_of(scenario.cluster.workers)) return reason;
  for (const WorkerChange& change : scenario.elastic) {
    if (auto reason = refusal_of(change.workers)) return reason;
  }
  if (scenario.membership) return refusal_of(scenario.membership->most);
  return std::nullopt;
}

/// The point in the world that the scenario names for this. Its hosts stay as slow as they were.
Point in_fallback(Point point) {
  Scenario& scenario = point.scenario;
  for (auto& [key, value] : point.factors) {
    if (key == "world") value = *scenario.fallback;
  }
  scenario.world = *scenario.fallback;
  scenario.cluster.emulate = false;
  return point;
}

/// A point that its own world refuses, in another world where the scenario names one that does not.
std::optional<Conflict> find_world(Point& point, const Plan& plan, std::string& replaced) {
  std::optional<Conflict> refusal = refusal_of_world(point.scenario);
  if (!refusal || !point.scenario.fallback) return refusal;
  Point other = in_fallback(point);
  const bool is_own = other.scenario.world == point.scenario.world;
  const bool is_planned = !is_own && std::any_of(plan.points.begin(), plan.points.end(), [&](const Point& planned) {
    return planned.scenario.world == other.scenario.world && planned.factors == other.factors;
  });
  if (is_planned || refusal_of_world(other.scenario)) return refusal;
  const std::string what = is_own ? "runs" : fmt::format("takes the place of {},", point.scenario.world);
  replaced = fmt::format("{} {} with this machine's own network: {}.", other.scenario.world, what, refusal->reason);
  point = std::move(other);
  return std::nullopt;
}

/// The files whose content a run depends on. A platform file names others: profiles of speed and bandwidth.
std::vector<std::string> files_read_by(const Scenario& scenario) {
  const DataSpec& data = scenario.workload.data;
  const Cluster& cluster = scenario.cluster;
  std::vector<std::string> files = {data.path, data.labels_path, cluster.platform};
  if (cluster.noise) files.push_back(cluster.noise->file);
  if (const ProgramOption* option = scenario.strategy.find<ProgramOption>()) files.push_back(option->file);
  if (cluster.platform.empty()) return files;
  const std::string text = read_whole_file(cluster.platform);
  const std::regex named("file\\s*=\\s*[\"']([^\"']+)[\"']");
  for (std::sregex_iterator match(text.begin(), text.end(), named), end; match != end; ++match)
    files.push_back(std::filesystem::path(cluster.platform).parent_path() / match->str(1));
  return files;
}

/// The digest of a file's content, read once.
class FileDigests {
 public:
  std::string of(const std::string& file) {
    if (file.empty() || !std::filesystem::exists(file)) return {};
    const auto [digest, is_new] = known_.try_emplace(file);
    if (is_new) digest->second = sha256_of_file(file);
    return digest->second;
  }

 private:
  std::map<std::string, std::string> known_;
};

/// The digest of the code that carries out these runs: this program, and the simulator where it is in a library.
std::string digest_of_code(const std::vector<Run>& runs) {
  const std::string program = sha256_of_file(this_program());
  if (std::none_of(runs.begin(), runs.end(), predicts)) return program;
  return sha256_of(program + sha256_of_file(sim::simulator().file()));
}

/// What a run's result depends on, besides the program.
nlohmann::ordered_json identity_of(const Run& run, FileDigests& digests) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const std::string& file : files_read_by(run.scenario)) files.push_back(digests.of(file));
  return {{"repeat", run.repeat},
          {"hostfile", run.mpirun.hostfile},
          {"files", files},
          {"resume", run.resume ? run.resume->string() : ""},
          {"scenario", to_json(run.scenario)}};
}

}  // namespace

Prepared prepare(const Plan& plan) {
  Prepared prepared;
  std::vector<Run> first_repeat;
  std::map<std::string, std::vector<PlatformHost>> platforms;
  Datasets datasets(prepared);
  for (Point point : plan.points) {
    world_of_this_build(point.scenario.world);
    std::optional<Conflict> mistake;
    const Dataset* data = datasets.find(point.scenario, mistake);
    read_platform(point.scenario.cluster, platforms);
    if (!mistake && !point.skipped) mistake = refusal_of_values_or_work(point.scenario, data);
    if (!mistake && !point.skipped) mistake = find_world(point, plan, prepared.replaced);
    if (mistake && !point.skipped) {
      if (plan.places) plan.places->refuse(*mistake);
      point.skipped = mistake->reason;
    }
    if (!point.skipped) first_repeat.push_back({.scenario = point.scenario, .factors = point.factors, .data = data});
    prepared.points.push_back(std::move(point));
  }
  for (int repeat = 0; repeat < plan.repeat; ++repeat) {
    for (Run run : first_repeat) {
      if (repeat > 0 && predicts(run)) continue;
      run.repeat = repeat;
      prepared.runs.push_back(std::move(run));
    }
  }
  // Simulations come first, because they can share the machine's cores and measurements cannot.
  std::stable_partition(prepared.runs.begin(), prepared.runs.end(), predicts);
  return prepared;
}

Prepared prepare_ordered_run(const RunOrder& order, const std::filesystem::path& directory) {
  Prepared prepared = prepare(parse_plan(order.text, order.file, order.overrides));
  if (prepared.runs.size() != 1) throw UsageError(fmt::format("{}: is not the order of one run", order.file));
  Run& run = prepared.runs.front();
  run.factors = order.factors;
  run.repeat = order.repeat;
  run.directory = directory;
  if (!order.resume.empty()) run.resume = order.resume;
  if (!order.attempt.empty()) take_up_attempt(run, order.attempt, TextClock::own);
  return prepared;
}

std::string study_identity(const std::vector<Run>& runs) {
  nlohmann::ordered_json identity = {{"program_sha256", digest_of_code(runs)},
                                     {"runs", nlohmann::ordered_json::array()}};
  FileDigests digests;
  for (const Run& run : runs) identity["runs"].push_back(identity_of(run, digests));
  return text_of(identity) + "\n";
}

std::vector<SweepRun> sweep_runs(const std::vector<Run>& runs) {
  std::vector<SweepRun> sweep;
  FileDigests digests;
  const nlohmann::ordered_json version = provenance().at("tandem");
  for (const Run& run : runs) {
    nlohmann::ordered_json identity = identity_of(run, digests);
    identity["tandem"] = version;
    const std::string key = sha256_of(text_of(identity));
    constexpr std::size_t kShown = 12;
    sweep.push_back({.folder = file_name_of(sweep.size() + 1, run.scenario, run.repeat) + "-" + key.substr(0, kShown),
                     .key = key,
                     .cost_s = predicted_cost_s(run)});
  }
  return sweep;
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
