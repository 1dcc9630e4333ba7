// A job small enough to reckon by hand, and records of ranks that have done it.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "app/run/session.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// A linear model of two weights and a bias over made-up rows, eight a step, three steps.
inline Scenario small_scenario(const std::string& strategy, int workers, const std::string& world = "threads") {
  Scenario scenario{.name = "small", .question = "Does it add up?", .seed = 5, .world = world, .timeout_s = 60};
  scenario.strategy = parse_strategy(strategy);
  WorkloadSpec& workload = scenario.workload;
  workload.model = {.kind = ModelKind::linear, .initialisation = Initialisation::zeros};
  workload.data = {.source = DataSource::synthetic_linear, .validation = 0.2, .rows = 50, .features = 2};
  workload.loss = Loss::mse;
  workload.batch = {.global = 8};
  workload.stop = {.steps = 3};
  scenario.cluster.workers = workers;
  return scenario;
}

struct SmallRun {
  explicit SmallRun(Scenario small)
      : scenario(std::move(small)),
        data(load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed)),
        job(make_job(scenario.workload, scenario.strategy, scenario.cluster.workers, scenario.seed, &data)) {}
  explicit SmallRun(const std::string& strategy, int workers) : SmallRun(small_scenario(strategy, workers)) {}
  SmallRun(const SmallRun&) = delete;
  SmallRun& operator=(const SmallRun&) = delete;

  /// What ranks write down that have ended well: traffic as the closed form has it, the known weights as parameters,
  /// all of them rank 0's, and no steps yet.
  std::vector<RankRecord> records() const {
    std::vector<RankRecord> records;
    for (int rank = 0; rank < strategy().layout(job.strategy, job.workers).ranks; ++rank)
      records.push_back({.rank = rank, .process = rank});
    records[0].owned = {{.values = data.known_weights}};
    return records;
  }
  void set_traffic(std::vector<RankRecord>& records, std::size_t steps) const {
    for (RankRecord& record : records) record.traffic = *strategy().traffic(job, record.rank, {0, steps});
  }
  const Strategy& strategy() const { return strategy_of(scenario.strategy); }

  Scenario scenario;
  Dataset data;
  Job job;
};

}  // namespace tandem
