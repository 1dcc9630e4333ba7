// A study as a program: scenarios are structs, results are rows.
#include <fmt/format.h>

#include "algorithms/strategies/strategy.h"
#include "app/run/run_scenarios.h"
#include "app/scenario/loader.h"

int main() {
  using namespace tandem;
  // A struct with its defaults from a text, and what differs from point to point set in it.
  Scenario scenario = parse_plan(R"(tandem: 1
name: rings
question: How long is a step of a ring, by the number of workers?
workload:
  model: {name: profile, profile: resnet50}
  batch: {per_worker: 32}
  stop: {steps: 2}
cluster: {workers: 2, host: {speed: 10Tflop/s}, network: {bandwidth: 25Gbit/s}}
strategy: allreduce
world: sim
)",
                                 "my_study")
                          .points.front()
                          .scenario;
  std::vector<Scenario> scenarios;
  for (const int workers : {2, 4, 8}) {
    scenario.cluster.workers = workers;
    scenarios.push_back(scenario);
  }
  for (const RunResult& result : run_scenarios(scenarios, {.jobs = 2})) {
    if (!result.failure.empty()) return fmt::print("failed: {}\n", result.failure), 1;
    fmt::print("{} workers: {:.1f} ms, rank 0 sent {} bytes\n", result.workers, 1e3 * result.step_s,
               result.rank_rows.front().traffic.bytes_sent);
  }
}
