// 1F1B: a complete order, few activations, the same parameters as the shipped schedule, and no slower.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "app/lab/in_world.h"
#include "app/run/execute.h"
#include "app/scenario/loader.h"
#include "app/store/run_folder.h"
#include "core/counted.h"
#include "core/errors.h"
#include "core/process/child.h"

namespace tandem::lab::tasks {
namespace {

using Slots = decltype(Schedule::slots);
constexpr const char* kReference = "1f1b";
constexpr const char* kStudents = "answer";

std::optional<std::string> mistake(const std::vector<Slot>& slots, int microbatches) {
  std::set<int> forward, backward;
  for (const Slot& slot : slots) {
    if (slot.microbatch < 0 || slot.microbatch >= microbatches) {
      return fmt::format("there is no micro-batch {}", slot.microbatch);
    }
    if (slot.work == SlotWork::forward && !forward.insert(slot.microbatch).second) {
      return fmt::format("micro-batch {} goes forward twice", slot.microbatch);
    }
    if (slot.work == SlotWork::forward) continue;
    if (slot.work != SlotWork::backward) return "backward is one slot in this task";
    if (!forward.contains(slot.microbatch)) return fmt::format("micro-batch {} goes back first", slot.microbatch);
    if (!backward.insert(slot.microbatch).second) return fmt::format("micro-batch {} goes back twice", slot.microbatch);
  }
  if (static_cast<int>(backward.size()) == microbatches) return std::nullopt;
  return fmt::format("{} of {} micro-batches go forward and back", backward.size(), microbatches);
}

/// For every stage of several pipelines.
Found for_all(const std::function<std::optional<std::string>(int stage, int stages, int microbatches)>& look,
              const std::string& well) {
  for (const auto& [stages, microbatches] : {std::pair{1, 1}, std::pair{2, 4}, std::pair{4, 2}, std::pair{5, 17}}) {
    for (int stage = 0; stage < stages; ++stage) {
      const auto wrong = look(stage, stages, microbatches);
      if (!wrong) continue;
      return {.text = fmt::format("{}, {}, stage {}: {}", counted(stages, "stage"),
                                  counted(microbatches, "micro-batch", "es"), stage, *wrong)};
    }
  }
  return {.holds = true, .text = well};
}

Found complete(const Answer& answer) {
  return for_all([&](int stage, int stages,
                     int microbatches) { return mistake(answer.slots(stage, stages, 1, microbatches), microbatches); },
                 "every micro-batch goes forward and back once");
}

Found few_in_flight(const Answer& answer) {
  return for_all(
      [&](int stage, int stages, int microbatches) -> std::optional<std::string> {
        const int most = most_in_flight(answer.slots(stage, stages, 1, microbatches));
        const int bound = std::min(stages - stage, microbatches);
        if (most <= bound) return std::nullopt;
        return fmt::format("holds {} activations, 1F1B {}", most, bound);
      },
      "a stage holds as many activations as stages follow, and its own");
}

RunResult trained(const std::string& text, const std::string& schedule, std::uint64_t number) {
  const Scenario scenario = parse_plan(text, "lab", {"strategy.schedule=" + schedule}).points.front().scenario;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / fmt::format("tandem-lab-run-{}-{}", getpid(), number);
  Dataset data;
  Run run{.scenario = scenario, .directory = folder};
  if (scenario.workload.model.kind != ModelKind::profile) {
    data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    run.data = &data;
  }
  // A simulation runs once per process.
  Child process = fork_child({}, [&] { return execute(run); });
  const ProcessEnd end = process.wait();
  std::optional<RunResult> result = end.is_success() ? take_over(folder) : std::nullopt;
  std::filesystem::remove_all(folder);
  if (!result) throw RunFailed(end.text());
  if (!result->failure.empty()) throw RunFailed(result->failure);
  return *result;
}

void add_students(Slots slots) { all_schedules().add({.name = kStudents, .doc = "the answer", .slots = slots}); }

Found same_parameters(std::string_view world, std::uint64_t seed, Slots slots) {
  const std::string text = fmt::format(R"(
tandem: 1
name: lab
question: Does the order change the sum?
seed: {}
workload:
  model: {{name: mlp, hidden: [7, 5, 6, 4]}}
  data: {{source: synthetic-linear, rows: 120, features: 5}}
  loss: mse
  optimizer: {{name: sgd, lr: 0.01}}
  batch: {{global: 30}}
  stop: {{steps: 3}}
cluster: {{workers: 4}}
strategy: {{name: pipeline, microbatches: 5}}
world: {}
timeout: 5s
)",
                                       seed, world);
  add_students(slots);
  const std::string mine = trained(text, kStudents, 1).parameters_sha256;
  const std::string reference = trained(text, kReference, 2).parameters_sha256;
  return {.holds = mine == reference,
          .text = mine == reference ? "the same parameters as 1F1B's, to the bit" : "other parameters than 1F1B's"};
}

Found as_fast(std::uint64_t seed, std::uint64_t number, Slots slots) {
  constexpr double kSlower = 1.01;
  const Cluster cluster = drawn_cluster(seed, number);
  const int stages = std::min(cluster.workers, 8), microbatches = static_cast<int>(drawn(seed, number, 11, 2, 25));
  const std::string text = fmt::format(R"(
tandem: 1
name: lab
question: How long does a step take?
workload:
  model: {{name: profile, parameters: 8e6, layer_count: 8, flops_per_sample: 100Mflop, activations: 1000}}
  batch: {{global: {}}}
  stop: {{steps: 2}}
cluster:
  workers: {}
  host: {{speed: 1Tflop/s}}
  network: {{bandwidth: {}bit/s, latency: {}s}}
strategy: {{name: pipeline, microbatches: {}}}
world: sim
)",
                                       4 * microbatches, stages, 8 * cluster.network.bandwidth_bytes_per_s,
                                       cluster.network.latency_s, microbatches);
  add_students(slots);
  const double mine_s = trained(text, kStudents, 1).step_s, reference_s = trained(text, kReference, 2).step_s;
  return no_slower(fmt::format("{} stages, {} micro-batches, {}", stages, microbatches, text_of(cluster)), mine_s,
                   reference_s, kSlower);
}

std::vector<Check> checks(std::uint64_t seed) {
  std::vector<Check> all = {{.name = "complete", .points = 15, .trials = {complete}},
                            {.name = "activations", .points = 20, .trials = {few_in_flight}}};
  for (const World* world : lab_worlds()) {
    all.push_back({.name = fmt::format("parameters in {}", world->name),
                   .points = all.size() == 2 ? 15 : 10,
                   .trials = {[=](const Answer& answer) { return same_parameters(world->name, seed, answer.slots); }}});
  }
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    all.push_back({.name = fmt::format("time on cluster {}", number),
                   .points = 10,
                   .trials = {[=](const Answer& answer) { return as_fast(seed, number, answer.slots); }}});
  }
  return all;
}

}  // namespace

Task one_f_one_b() {
  return {.name = "1f1b",
          .doc = "a pipeline's order of slots: GPipe's bubble with fewer activations",
          .is_answered = [](const Answer& answer) { return answer.slots != nullptr; },
          .checks = checks};
}

}  // namespace tandem::lab::tasks
