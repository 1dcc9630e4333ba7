// The claims of the shipped scenarios that train on Fashion-MNIST.
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

using Quickstart = OnFashionMnist;

TEST_F(Quickstart, AllStrategiesRunAndSynchronousOnesEndAlikeInBothWorlds) {
  const Table runs =
      run_scenario("quickstart", {"workload.stop.steps=3", "cluster.emulate=false", "workload.data.validation=0.01",
                                  "workload.data.train_rows=2000", "report=[]"})
          .runs;
  EXPECT_EQ(runs.size(), 24u) << "three strategies, four sizes, two worlds: nothing is skipped";
  for (const Row& simulated : runs) {
    if (simulated.at("world") != "sim") continue;
    const Row& real = only_row(
        runs,
        {{"world", "tcp"}, {"strategy_label", simulated.at("strategy_label")}, {"workers", simulated.at("workers")}});
    EXPECT_EQ(real.at("steps"), "3");
    EXPECT_EQ(real.at("messages_sent"), simulated.at("messages_sent"));
    EXPECT_EQ(real.at("bytes_sent"), simulated.at("bytes_sent"));
    if (!all_strategies().find(real.at("strategy"))->facts(parse_strategy(real.at("strategy"))).same_bits) continue;
    EXPECT_EQ(real.at("parameters_sha256"), simulated.at("parameters_sha256"))
        << real.at("strategy_label") << " on " << real.at("workers");
  }
}

using Staleness = OnFashionMnist;

// When the server had seen as many updates as `steps` steps of all workers are: a row of validation.
double time_of_round(const Table& steps, std::size_t round) {
  for (const Row& row : steps) {
    if (row.at("step") == std::to_string(round - 1) && !row.at("validation_loss").empty()) return number(row, "time_s");
  }
  throw std::runtime_error("no validation after that many steps");
}

TEST_F(Staleness, ABoundOfZeroIsSynchronousAndNotWaitingSavesSeconds) {
  const Study study = run_scenario("staleness", {"workload.data.train_rows=5000", "report=[]"});
  const auto& [runs, steps] = study;
  ASSERT_EQ(runs.size(), 5u);
  EXPECT_EQ(runs[0].at("strategy_label"), "ps-sync");
  EXPECT_EQ(runs[1].at("strategy_label"), "ps-async s=0");
  EXPECT_EQ(runs[1].at("parameters_sha256"), runs[0].at("parameters_sha256"));
  EXPECT_EQ(number(runs[1], "max_staleness"), 0);

  // Seven of eight workers do not wait for the eighth, four times slower. They are not four times as soon: they meet at
  // the server's link instead.
  constexpr std::size_t kRound = 100;
  EXPECT_EQ(runs[4].at("strategy_label"), "ps-async");
  EXPECT_LT(time_of_round(steps[4], kRound), 0.7 * time_of_round(steps[0], kRound));
  // What it pays with; more slack, more of it.
  for (const std::size_t run : {2u, 3u, 4u})
    EXPECT_GT(number(runs[run], "mean_staleness"), number(runs[run - 1], "mean_staleness"));
  for (const std::size_t run : {1u, 2u, 3u, 4u})
    EXPECT_LE(number(runs[run], "time_s"), number(runs[run - 1], "time_s"));
}

using StalenessRate = OnFashionMnist;

TEST_F(StalenessRate, ShrinkingWithAgeCostsWhereTheRateIsSmallAndSavesWhereItIsLarge) {
  const Table runs = run_scenario("staleness-rate", {"report=[]"}).runs;
  ASSERT_EQ(runs.size(), 6u);
  const auto loss = [&](const std::string& strategy, const std::string& rate) {
    const Row& run = only_row(runs, {{"strategy_label", strategy}, {"workload.optimizer.lr", rate}});
    if (strategy != "ps-sync") {
      EXPECT_GT(number(run, "mean_staleness"), 14) << "of fifteen others";
    }
    return number(run, "validation_loss");
  };
  const std::string plain = "ps-async", aware = "ps-async rate/staleness";
  EXPECT_LT(loss(plain, "0.05"), 0.8 * loss(aware, "0.05"));
  EXPECT_NEAR(loss(plain, "0.05"), loss("ps-sync", "0.05"), 0.05) << "age does not hurt yet";
  EXPECT_LT(loss(aware, "0.8"), 0.5 * loss(plain, "0.8"));
  EXPECT_LT(loss(aware, "0.8"), 0.6) << "as good as any";
}

using ThousandWorkers = OnFashionMnist;

// With 32 of the thousand workers, and three that are slow one after the other.
TEST_F(ThousandWorkers, ASlackOfThreeStepsHidesAWorkerThatIsSlowForAMoment) {
  const Study study = run_scenario(
      "thousand-workers",
      {"cluster.workers=32", "workload.data.train_rows=1000", "workload.stop.steps=6",
       "cluster.slowdowns=[{worker: 3, factor: 4, until: 100ms}, {worker: 20, factor: 4, from: 100ms, until: 200ms}, "
       "{worker: 17, factor: 4, from: 200ms, until: 300ms}]",
       "report=[{figure: loss, y: validation_accuracy, x: time_s}]"});
  const Table& runs = study.runs;
  ASSERT_EQ(runs.size(), 4u);
  const auto run = [&](const std::string& label) { return only_row(runs, {{"strategy_label", label}}); };
  const Row all_reduce = run("allreduce halving-doubling"), sync = run("ps-sync x16"), slack = run("ps-async x16 s=3");
  // A synchronous step lasts as long as the slow worker's, four times that of the others.
  EXPECT_GT(number(all_reduce, "time_s"), 1.3 * number(slack, "time_s"));
  EXPECT_GT(number(sync, "time_s"), 1.3 * number(slack, "time_s"));
  EXPECT_NEAR(number(all_reduce, "train_loss"), number(sync, "train_loss"), 1e-3) << "the same sums in another order";
  EXPECT_GT(number(slack, "mean_staleness"), 0);
  EXPECT_LT(number(slack, "time_s"), 1.2 * number(run("ps-async x16"), "time_s")) << "hardly anybody waits";
}

}  // namespace
}  // namespace tandem
