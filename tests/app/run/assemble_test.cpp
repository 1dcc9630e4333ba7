// What ranks wrote down becomes one result: sums, means, the last of times, validation where it was due.
#include "app/run/assemble.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/store/sha256.h"
#include "tests/app/run/small_job.h"

namespace tandem {
namespace {

RunResult assembled(const SmallRun& run, const std::vector<RankRecord>& records) {
  return assemble(run.scenario, run.strategy(), run.job, records);
}

// Two workers of a ring, two steps; worker 1 ends each later.
std::vector<RankRecord> two_steps_of_two(const SmallRun& run) {
  std::vector<RankRecord> records = run.records();
  records[0].steps = {{.step = 0, .time_s = 1, .loss = 3, .samples = 4},
                      {.step = 1, .time_s = 2, .loss = 1, .samples = 4}};
  records[1].steps = {{.step = 0, .time_s = 1.5, .loss = 2, .samples = 4},
                      {.step = 1, .time_s = 2.5, .loss = 0.5, .samples = 4}};
  run.set_traffic(records, 2);
  return records;
}

TEST(Assemble, LossesOfAStepAddUpAndItEndsWithTheLastWorker) {
  const SmallRun run("allreduce", 2);
  const RunResult result = assembled(run, two_steps_of_two(run));
  ASSERT_EQ(result.step_rows.size(), 2u);
  for (std::size_t step : {0u, 1u}) {
    EXPECT_EQ(result.step_rows[step].step, step);
    EXPECT_EQ(result.step_rows[step].worker, -1);
    EXPECT_EQ(result.step_rows[step].samples, 8u);
  }
  EXPECT_EQ(result.step_rows[0].train_loss, 5);
  EXPECT_EQ(result.step_rows[0].time_s, 1.5);
  EXPECT_EQ(result.step_rows[1].train_loss, 1.5);
  EXPECT_EQ(result.step_rows[1].time_s, 2.5);
  EXPECT_EQ(result.train_loss, 1.5);
  EXPECT_EQ(result.steps, 2u);
  EXPECT_EQ(result.samples, 16u);
}

TEST(Assemble, UntimedStepsCountInNoRate) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  for (RankRecord& record : records) record.time_s = 2.5;
  const RunResult all = assembled(run, records);
  EXPECT_DOUBLE_EQ(all.step_s, 2.5 / 2);
  EXPECT_DOUBLE_EQ(all.samples_per_s, 16 / 2.5);

  SmallRun second_only("allreduce", 2);
  second_only.job.workload.untimed_steps = 1;
  const RunResult timed = assembled(second_only, records);
  EXPECT_DOUBLE_EQ(timed.step_s, 2.5 - 1.5) << "the first ends with the last worker";
  EXPECT_DOUBLE_EQ(timed.samples_per_s, 8);
  EXPECT_EQ(timed.time_s, 2.5);
  EXPECT_EQ(timed.samples, 16u);

  second_only.job.workload.untimed_steps = 2;
  EXPECT_TRUE(std::isnan(assembled(second_only, records).step_s)) << "a loss stopped the run before";
}

TEST(Assemble, SynchronousRowsAreInTheOrderOfTheirSteps) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  // Worker 1 kept the first step's time before it was resumed, by a clock that had begun earlier.
  records[1].steps[0].time_s = 2.75;
  const RunResult result = assembled(run, records);
  ASSERT_EQ(result.step_rows.size(), 2u);
  EXPECT_EQ(result.step_rows[0].step, 0u);
  EXPECT_EQ(result.step_rows[1].step, 1u);
}

TEST(Assemble, TimesOfARankSumToTheRunsTime) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  records[0].time_s = 4, records[0].compute_s = 1, records[0].communication_s = 0.5;
  records[1].time_s = 3, records[1].compute_s = 2, records[1].communication_s = 0.5;
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.time_s, 4);
  EXPECT_EQ(result.step_s, 2);
  EXPECT_EQ(result.samples_per_s, 4);
  EXPECT_EQ(result.rank_rows.at(0).idle_s, 2.5);
  EXPECT_EQ(result.rank_rows.at(1).idle_s, 1.5) << "a rank that ended early idles until the others have";
  EXPECT_EQ(result.compute_s, 1.5);
  EXPECT_DOUBLE_EQ(result.imbalance, 2 / 1.5 - 1);
  EXPECT_EQ(result.idle_share, (2.5 + 1.5) / (2 * 4));
  EXPECT_EQ(result.comm_s, 0.5);
  EXPECT_EQ(result.idle_s, 2);
}

TEST(Assemble, CommunicationBehindComputationLeavesNoNegativeIdleTime) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  records[0].time_s = 2, records[0].compute_s = 1.5, records[0].communication_s = 1;
  EXPECT_EQ(assembled(run, records).rank_rows.at(0).idle_s, 0);
}

TEST(Assemble, TrafficAndMemoryAreSummedOverRanksAndProcesses) {
  const SmallRun run("ps-sync", 2);
  std::vector<RankRecord> records = run.records();
  for (int worker : {0, 1})
    records[static_cast<std::size_t>(worker)].steps = {{.step = 0, .time_s = 1, .loss = 1, .samples = 4}};
  run.set_traffic(records, 1);
  ASSERT_EQ(records.size(), 3u);
  records[0].process = records[1].process = 9;
  records[0].peak_rss_bytes = 100, records[1].peak_rss_bytes = 110, records[2].peak_rss_bytes = 1000;
  const RunResult result = assembled(run, records);
  constexpr std::uint64_t kModelBytes = 3 * sizeof(float);
  EXPECT_EQ(result.messages_sent, 4u) << "a push and a pull for each of two workers";
  EXPECT_EQ(result.bytes_sent, 4 * kModelBytes);
  EXPECT_EQ(result.max_bytes_sent_per_rank, 2 * kModelBytes) << "the server's";
  EXPECT_EQ(result.rank_rows.at(0).role, "worker");
  EXPECT_EQ(result.rank_rows.at(2).role, "server");
  EXPECT_EQ(result.ranks, 3);
  EXPECT_EQ(result.workers, 2);
  EXPECT_EQ(result.peak_rss_bytes, 1110u) << "two ranks share a process";
}

TEST(Assemble, PiecesOfTheModelAreJoinedWhoeverOwnsThem) {
  const SmallRun run("ps-sync", 2);
  std::vector<RankRecord> records = run.records();
  const std::vector<float>& known = run.data.known_weights;
  records[0].owned = {{.offset = 2, .values = {known[2]}}};
  records[1].owned = {};
  records[2].owned = {{.offset = 0, .values = {known[0], known[1] + 0.25F}}};
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.parameters, (std::vector<float>{known[0], known[1] + 0.25F, known[2]}));
  EXPECT_EQ(result.parameters_sha256, sha256_of(result.parameters.data(), 3));
  EXPECT_NEAR(result.weights_error, 0.25, 1e-6);
}

TEST(Assemble, TheKnownWeightsHaveNoErrorAndNoValidationLoss) {
  const SmallRun run("allreduce", 2);
  const RunResult result = assembled(run, two_steps_of_two(run));
  EXPECT_EQ(result.weights_error, 0);
  EXPECT_LT(result.validation_loss, 1e-12) << "targets without noise";
  EXPECT_TRUE(std::isnan(result.validation_accuracy)) << "a regression has none";
}

TEST(Assemble, AModelWithAGapIsNoResult) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  records[0].owned = {{.offset = 0, .values = {1, 2}}};
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.parameters_sha256, "");
  EXPECT_TRUE(std::isnan(result.weights_error));
}

TEST(Assemble, ValidationGoesIntoTheRowOfItsStep) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = two_steps_of_two(run);
  // After one step the snapshot is in two pieces, on two ranks; after two a piece is missing.
  const std::vector<float>& known = run.data.known_weights;
  records[0].snapshots = {{.step = 1, .time_s = 1.2, .offset = 0, .values = {known[0]}},
                          {.step = 2, .time_s = 2.2, .offset = 0, .values = {known[0]}}};
  records[1].snapshots = {{.step = 1, .time_s = 1.4, .offset = 1, .values = {known[1], known[2]}}};
  const RunResult result = assembled(run, records);
  ASSERT_EQ(result.step_rows.size(), 2u);
  EXPECT_LT(result.step_rows[0].validation_loss, 1e-12);
  EXPECT_EQ(result.step_rows[0].train_loss, 5);
  EXPECT_EQ(result.step_rows[0].time_s, 1.5);
  EXPECT_TRUE(std::isnan(result.step_rows[1].validation_loss));
}

TEST(Assemble, AsynchronousWorkersKeepARowEachAndValidationOneOfItsOwn) {
  const SmallRun run("ps-async", 2);
  std::vector<RankRecord> records = run.records();
  records[0].steps = {{.step = 0, .time_s = 3, .loss = 0.5, .samples = 4}};
  records[1].steps = {{.step = 0, .time_s = 1, .loss = 0.25, .samples = 2}};
  records[2].snapshots = {{.step = 1, .time_s = 2, .values = run.data.known_weights}};
  run.set_traffic(records, 1);
  const RunResult result = assembled(run, records);
  ASSERT_EQ(result.step_rows.size(), 3u);
  EXPECT_EQ(result.step_rows[0].worker, 1);
  EXPECT_EQ(result.step_rows[0].train_loss, 1) << "a quarter of a batch of eight, over two rows: one a row";
  EXPECT_EQ(result.step_rows[1].worker, -1);
  EXPECT_EQ(result.step_rows[1].samples, 0u);
  EXPECT_LT(result.step_rows[1].validation_loss, 1e-12);
  EXPECT_EQ(result.step_rows[2].worker, 0);
  EXPECT_EQ(result.step_rows[2].train_loss, 1);
}

TEST(Assemble, ALastStepThatOnlySomeWorkersTookHasTheMeanLossOfThose) {
  Scenario scenario = small_scenario("ps-async", 2);
  scenario.workload.stop.loss = 0.1;
  const SmallRun run(scenario);
  std::vector<RankRecord> records = run.records();
  records[0].steps = {{.step = 0, .time_s = 1, .loss = 0.5, .samples = 4},
                      {.step = 1, .time_s = 2, .loss = 0.125, .samples = 4}};
  records[1].steps = {{.step = 0, .time_s = 1, .loss = 0.5, .samples = 4}};
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.steps, 2u);
  EXPECT_EQ(result.train_loss, 0.25);
}

TEST(Assemble, TimesToTheTargetsAreMeasured) {
  Scenario scenario = small_scenario("allreduce", 2);
  const auto result_of = [&] {
    const SmallRun run(scenario);
    std::vector<RankRecord> records = two_steps_of_two(run);
    records[0].snapshots = {{.step = 2, .time_s = 2.2, .values = run.data.known_weights}};
    return assembled(run, records);
  };
  EXPECT_TRUE(std::isnan(result_of().time_to_loss_s)) << "no target";
  scenario.workload.target = {.loss = 2, .validation_loss = 1e-12};
  RunResult result = result_of();
  EXPECT_EQ(result.time_to_loss_s, 2.5) << "a step's loss is known when its last worker has ended it";
  EXPECT_EQ(result.bytes_to_loss, static_cast<double>(result.bytes_sent)) << "after the last of its steps";
  EXPECT_EQ(result.time_to_validation_loss_s, 2.5);
  EXPECT_TRUE(std::isnan(result.time_to_validation_accuracy_s));
  scenario.workload.target = {.loss = 1};
  EXPECT_TRUE(std::isnan(result_of().time_to_loss_s)) << "never reached";
  scenario.workload.target = {};
  scenario.workload.stop.loss = 5;
  result = result_of();
  EXPECT_EQ(result.time_to_loss_s, 1.5) << "the loss to stop at is a target";
  EXPECT_EQ(result.bytes_to_loss, static_cast<double>(result.bytes_sent) / 2) << "after one of two steps";
}

TEST(Assemble, StalenessIsCountedOverAllServers) {
  const SmallRun run("ps-async", 2);
  std::vector<RankRecord> records = run.records();
  records[1].updates = {{.staleness = 0}, {.staleness = 4}};
  records[2].updates = {{.staleness = 1}, {.staleness = 0}, {.staleness = 0}};
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.mean_staleness, 1);
  EXPECT_EQ(result.max_staleness, 4);
  EXPECT_EQ(result.staleness_counts, (std::vector<std::pair<std::size_t, std::int64_t>>{{0, 3}, {1, 1}, {4, 1}}));
}

TEST(Assemble, ARunOfNoStepsHasNoRates) {
  const SmallRun run("allreduce", 1);
  const RunResult result = assembled(run, run.records());
  EXPECT_EQ(result.steps, 0u);
  for (const double measure : {result.step_s, result.samples_per_s, result.train_loss, result.mean_staleness})
    EXPECT_TRUE(std::isnan(measure));
}

TEST(Assemble, APhantomRunHasTimesAndTrafficAndNothingLearnt) {
  Scenario scenario = small_scenario("allreduce", 2, "sim");
  scenario.payload = Payload::phantom;
  const SmallRun run(scenario);
  std::vector<RankRecord> records = two_steps_of_two(run);
  records[0].time_s = records[1].time_s = 3;
  const RunResult result = assembled(run, records);
  EXPECT_EQ(result.steps, 2u);
  EXPECT_GT(result.bytes_sent, 0u);
  EXPECT_TRUE(std::isnan(result.train_loss));
  EXPECT_TRUE(std::isnan(result.step_rows.at(0).train_loss));
  EXPECT_EQ(result.parameters_sha256, "");
}

}  // namespace
}  // namespace tandem
