// Every synchronous strategy takes the steps that one worker takes, to rounding: 1e-5 in float32.
#include <gtest/gtest.h>

#include <algorithm>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem {
static void PrintTo(const OptimizerSpec& optimizer, std::ostream* out) {
  *out << "rate " << optimizer.lr << ", momentum " << optimizer.momentum;
}
}  // namespace tandem

namespace tandem::laws {
namespace {

class Oracle : public testing::TestWithParam<OptimizerSpec> {};

TEST_P(Oracle, StrategiesAgreeWithOneWorker) {
  Scenario one = small_mlp("single", 1, "threads");
  one.workload.optimizer = GetParam();
  const RunResult oracle = run(one);
  ASSERT_FALSE(oracle.parameters.empty());

  for (const Partitioning partition : {Partitioning::range, Partitioning::hash}) {
    for (const int workers : {2, 3, 8}) {
      for (const char* strategy :
           {"{name: allreduce}", "{name: allreduce, collective: naive}", "{name: allreduce, overlap: true}",
            "{name: ps-sync, servers: 2}", "{name: zero, stage: 2}", "{name: zero, stage: 3, bucket: 512B}",
            "{name: pipeline, microbatches: 4}", "{name: tensor}", "{name: sequence}"}) {
        Scenario scenario = one;
        scenario.strategy = parse_strategy(strategy);
        scenario.cluster.workers = workers;
        scenario.workload.partition = partition;
        const RunResult result = run(scenario);
        EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5)
            << result.strategy_label << " x" << workers;
        EXPECT_NEAR(result.train_loss, oracle.train_loss, 1e-5) << result.strategy_label << " x" << workers;
        EXPECT_EQ(result.samples, oracle.samples);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Oracle,
                         testing::Values(OptimizerSpec{.lr = 0.05}, OptimizerSpec{.lr = 0.05, .momentum = 0.9},
                                         // Adam divides by the root of the squared gradient: rounding of small
                                         // gradients is amplified, so it is given a larger epsilon.
                                         OptimizerSpec{.kind = OptimizerKind::adam, .lr = 0.01, .epsilon = 1e-3}),
                         [](const auto& test) {
                           return test.param.kind == OptimizerKind::adam ? "adam"
                                  : test.param.momentum > 0              ? "momentum"
                                                                         : "sgd";
                         });

TEST(Oracle, LocalSgdOfPeriodOneIsOneWorkersStep) {
  // Plain SGD: with momentum, velocities of the workers' own gradients would have to be averaged, too.
  Scenario one = small_mlp("single", 1, "threads");
  one.workload.optimizer = {.lr = 0.05};
  one.workload.batch = {.global = 24};
  const RunResult oracle = run(one);
  for (const int workers : {1, 2, 3, 8}) {
    Scenario scenario = one;
    scenario.strategy = parse_strategy("{name: local-sgd, period: 1}");
    scenario.cluster.workers = workers;
    EXPECT_LT(largest_distance(run(scenario).parameters, oracle.parameters), 1e-5) << workers;
  }
}

TEST(StopAtLoss, EveryStrategyStopsAtTheSameStep) {
  Scenario one = small_mlp("single", 1, "threads");
  one.workload.stop.steps = 60;
  one.workload.optimizer = {.lr = 0.02};
  const RunResult all = run(one);
  ASSERT_EQ(all.steps, 60U);
  // The longest drop below every loss before it: a target in its middle is first reached there, and rounding, whose
  // effect is a thousandth of it, does not decide.
  double lowest = all.step_rows.front().train_loss, drop = 0;
  std::size_t expected = 0;
  for (const StepResult& row : all.step_rows) {
    if (lowest - row.train_loss > drop) {
      drop = lowest - row.train_loss;
      one.workload.stop.loss = lowest - drop / 2;
      expected = row.step + 1;
    }
    lowest = std::min(lowest, row.train_loss);
  }
  ASSERT_GT(expected, 2U);
  ASSERT_GT(drop, 1e-2);
  for (const char* strategy : {"{name: allreduce}", "{name: ps-sync, servers: 3}", "{name: pipeline, microbatches: 2}",
                               "{name: tensor}", "{name: sequence}"}) {
    Scenario scenario = one;
    scenario.strategy = parse_strategy(strategy);
    scenario.cluster.workers = 3;
    EXPECT_EQ(run(scenario).steps, expected) << strategy;
  }
  // Only simulated: on a busy machine one thread may have ended before another begins.
  Scenario async = small_mlp("ps-async", 3, "sim");
  async.workload = one.workload;
  async.strategy = parse_strategy("{name: ps-async, servers: 2}");
  async.cluster.workers = 3;
  EXPECT_LT(run(async).steps, 60U);
}

}  // namespace
}  // namespace tandem::laws
