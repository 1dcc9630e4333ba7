// Workers that die while the others go on: with backups nothing is lost, and no number depends on the dead.
#include "tests/checkpoints/deaths.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

using testing::HasSubstr;

/// One that is so slow that its gradients always come too late.
HostGroup never_in_time(int worker) { return {.workers = worker, .speed_flops_per_s = 1e3}; }

TEST(Deaths, LeaveTheBitsOfARunToWhichTheDeadNeverContributed) {
  for (const char* strategy :
       {"{name: backup-workers, backups: 1}", "{name: backup-workers, backups: 1, placement: colocated}",
        "{name: backup-workers, backups: 1, codec: {name: fp16}}"}) {
    Scenario late = small_mlp(strategy, 4, "sim");
    late.cluster.hosts = {never_in_time(2)};
    const RunResult without = run(late);
    EXPECT_TRUE(dead_in(without).empty());
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", strategy, world));
      Scenario scenario = small_mlp(strategy, 4, world);
      scenario.faults = {kill_worker(2, {.step = 0})};
      const RunResult result = run(scenario);
      EXPECT_EQ(result.parameters_sha256, without.parameters_sha256);
      EXPECT_EQ(dead_in(result), std::vector<int>{2});
      EXPECT_EQ(result.steps, 6U);
      EXPECT_EQ(result.failures, 1);
      EXPECT_EQ(result.lost_steps, 0);
      EXPECT_EQ(result.recovery_s, 0);
    }
  }
}

TEST(Deaths, UpToTheNumberOfBackupsCostNoTime) {
  Scenario scenario = phantom("{name: backup-workers, backups: 2}", 7, 1'000'000, 3, 1e9);
  scenario.workload.batch = {.per_worker = 1};
  scenario.workload.stop = {.steps = 20};
  const RunResult healthy = run(scenario);
  for (const FaultTime& at : {FaultTime{.step = 0}, FaultTime{.step = 13}, FaultTime{.time_s = healthy.time_s / 2}}) {
    scenario.faults = {kill_worker(3, at), kill_worker(6, {.step = 7})};
    const RunResult result = run(scenario);
    EXPECT_EQ(dead_in(result), (std::vector<int>{3, 6}));
    EXPECT_LE(result.time_s, healthy.time_s * (1 + 1e-9));
    EXPECT_EQ(result.goodput, 1);
    EXPECT_EQ(result.event_digest, run(scenario).event_digest);
  }
}

// Nobody stands in for them: what they have not sent is missing, and who would wait for them is released.
TEST(Deaths, AsynchronousServersGoOnWithoutTheirWorkers) {
  for (const char* options : {"", ", staleness: 1", ", servers: 2", ", servers: 2, staleness: 0", ", codec: qsgd",
                              ", overlap: true, rate_by_staleness: true"}) {
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", options, world));
      Scenario scenario = small_mlp(fmt::format("{{name: ps-async, deaths: 2{}}}", options), 5, world);
      scenario.faults = {kill_worker(2, {.step = 2}), kill_worker(4, {.step = 0})};
      const RunResult result = run(scenario);
      EXPECT_EQ(dead_in(result), (std::vector<int>{2, 4}));
      EXPECT_EQ(result.steps, 6U);
      EXPECT_EQ(result.failures, 2);
      EXPECT_EQ(result.lost_steps, 0);
      EXPECT_EQ(result.recovery_s, 0);
      EXPECT_TRUE(std::isfinite(result.train_loss));
      if (world == "sim") {
        EXPECT_EQ(run(scenario).event_digest, result.event_digest);
      }
    }
  }
}

// With a bound of one clock all wait for a worker that is a thousand times slower, unless it has died.
TEST(Deaths, NobodyWaitsForAWorkerThatHasDied) {
  Scenario scenario = phantom("{name: ps-async, deaths: 1, staleness: 1}", 4, 1'000'000, 3, 1e9);
  scenario.workload.batch = {.per_worker = 1};
  scenario.workload.stop = {.steps = 20};
  const double healthy_s = run(scenario).time_s;
  scenario.cluster.hosts = {{.workers = 1, .speed_flops_per_s = scenario.cluster.speed_flops_per_s / 1000}};
  EXPECT_GT(run(scenario).time_s, 100 * healthy_s);
  scenario.faults = {kill_worker(1, {.step = 0})};
  EXPECT_LE(run(scenario).time_s, healthy_s * (1 + 1e-9));
}

TEST(Deaths, BeyondTheBackupsEndTheRunWithTheirNumber) {
  for (const std::string& world : kMortalWorlds) {
    SCOPED_TRACE(world);
    for (const char* strategy : {"{name: backup-workers, backups: 1}", "{name: ps-async, deaths: 1}"}) {
      Scenario scenario = small_mlp(strategy, 4, world);
      scenario.faults = {kill_worker(1, {.step = 1}), kill_worker(3, {.step = 3})};
      EXPECT_THAT(failure_of(scenario), HasSubstr("with it 2 of 4 workers, and the run survives the death of 1"));
    }
  }
}

// Three workers are late by turns: their own steps are fewer than the run's, which are as many as were asked for.
TEST(Deaths, StepsAreTheRunsWhoeverTakesThem) {
  Scenario scenario = small_mlp("{name: backup-workers, backups: 2}", 3, "sim");
  scenario.workload.stop = {.steps = 40};
  scenario.cluster.speed_flops_per_s = 1e6;
  scenario.cluster.noise = Noise{.kind = NoiseKind::exponential, .mean_s = 50e-3};
  for (const bool keeps : {false, true}) {
    if (keeps) scenario.checkpoint = CheckpointSpec{.every = {.steps = 7}};
    const RunResult result = run(scenario);
    EXPECT_EQ(result.steps, 40U);
    EXPECT_LT(result.samples, 40 * 26U);
    EXPECT_GE(result.samples, 40 * 26U / 3 - 40);
    EXPECT_EQ(std::isnan(result.checkpoints) ? 0 : result.checkpoints, keeps ? 40 / 7 : 0);
  }
}

TEST(Deaths, CheckpointsGoOnWithoutTheDeadAndSoDoesWhoResumes) {
  for (const char* strategy :
       {"{name: backup-workers, backups: 1}", "{name: backup-workers, backups: 1, placement: colocated}"}) {
    const std::string undisturbed = [&] {
      Scenario late = small_mlp(strategy, 4, "sim");
      late.cluster.hosts = {never_in_time(2)};
      return run(late).parameters_sha256;
    }();
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", strategy, world));
      Scenario scenario = small_mlp(strategy, 4, world);
      scenario.faults = {kill_worker(2, {.step = 0})};
      scenario.checkpoint = CheckpointSpec{.every = {.steps = 2}, .keep = 10};
      const TemporaryFolder folder;
      const RunResult whole = run_in(folder.path(), scenario);
      EXPECT_EQ(whole.parameters_sha256, undisturbed);
      EXPECT_EQ(whole.checkpoints, 3);
      EXPECT_EQ(whole.failures, 1);
      for (const std::size_t step : {2, 4, 6}) {
        SCOPED_TRACE(step);
        const TemporaryFolder other;
        const RunResult resumed =
            run_in(other.path(), scenario, folder.path() / "checkpoints" / fmt::format("step-{:08}", step));
        EXPECT_EQ(resumed.parameters_sha256, undisturbed);
        EXPECT_EQ(resumed.steps, 6U);
        EXPECT_EQ(resumed.failures, 1);
        EXPECT_EQ(dead_in(resumed), std::vector<int>{2});
      }
    }
  }
}

// In simulated time a checkpoint changes when workers push, so both runs have one at the same steps.
TEST(Deaths, AsynchronousRunsKeepCheckpointsWithoutTheDead) {
  for (const char* options : {"", ", staleness: 1", ", servers: 2"}) {
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", options, world));
      Scenario scenario = small_mlp(fmt::format("{{name: ps-async, deaths: 2{}}}", options), 4, world);
      scenario.faults = {kill_worker(2, {.step = 1}), kill_worker(3, {.step = 4})};
      scenario.checkpoint = CheckpointSpec{.every = {.steps = 2}, .keep = 10};
      const TemporaryFolder folder;
      const RunResult whole = run_in(folder.path(), scenario);
      EXPECT_EQ(whole.checkpoints, 3);
      EXPECT_EQ(whole.lost_steps, 0);
      EXPECT_EQ(dead_in(whole), (std::vector<int>{2, 3}));
      for (const std::size_t step : {2, 4}) {
        SCOPED_TRACE(step);
        const TemporaryFolder other;
        const RunResult resumed =
            run_in(other.path(), scenario, folder.path() / "checkpoints" / fmt::format("step-{:08}", step));
        EXPECT_EQ(resumed.steps, 6U);
        EXPECT_EQ(dead_in(resumed), (std::vector<int>{2, 3}));
        EXPECT_EQ(resumed.failures, 2);
        EXPECT_TRUE(std::isfinite(resumed.train_loss));
        if (world == "sim") {
          EXPECT_EQ(resumed.parameters_sha256, whole.parameters_sha256);
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem::laws
