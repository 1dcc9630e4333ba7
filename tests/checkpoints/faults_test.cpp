// Ranks that fail: what is lost, what is kept, and what it costs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/run/fault_schedule.h"
#include "app/run/young_daly.h"
#include "app/store/journal.h"
#include "app/worlds/worlds.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

FaultSpec kill(Victim victim, std::size_t step) {
  FaultSpec fault;
  fault.victim = victim;
  fault.at = FaultTime{.step = step};
  return fault;
}

std::vector<std::string> worlds_of_a_launcher() {
  std::vector<std::string> names = runnable_worlds();
  std::erase_if(names, [](const std::string& name) { return world_called(name).started_by != StartedBy::launcher; });
  return names;
}

TEST(Faults, LoseTheStepsSinceTheCheckpointAndNoBits) {
  for (const char* strategy :
       {"{name: allreduce}", "{name: ps-sync, servers: 2}", "{name: pipeline, microbatches: 2}"}) {
    const std::string digest = run(small_mlp(strategy, 2, "threads")).parameters_sha256;
    for (const std::string world : {"sim", "threads", "tcp"}) {
      for (const std::size_t step : {0, 1, 3, 4, 5}) {
        SCOPED_TRACE(fmt::format("{} in {}, killed at step {}", strategy, world, step));
        Scenario scenario = small_mlp(strategy, 2, world);
        scenario.checkpoint = CheckpointSpec{.every = {.steps = 3}};
        scenario.faults = {kill({.index = 1}, step)};
        const RunResult result = run(scenario);
        EXPECT_EQ(result.failures, 1);
        EXPECT_EQ(result.lost_steps, static_cast<double>(step % 3));
        EXPECT_EQ(result.parameters_sha256, digest);
        EXPECT_EQ(result.steps, 6U);
      }
    }
  }
}

// A launcher takes a second for each attempt: fewer cases, and several failures in each.
TEST(Faults, OfRanksThatALauncherHasStartedLoseTheSame) {
  for (const char* strategy :
       {"{name: allreduce}", "{name: ps-sync, servers: 2}", "{name: pipeline, microbatches: 2}"}) {
    const std::string digest = run(small_mlp(strategy, 2, "threads")).parameters_sha256;
    for (const std::string& world : worlds_of_a_launcher()) {
      SCOPED_TRACE(fmt::format("{} in {}", strategy, world));
      Scenario scenario = small_mlp(strategy, 2, world);
      scenario.checkpoint = CheckpointSpec{.every = {.steps = 3}};
      scenario.faults = {kill({.index = 1}, 2), kill({.index = 0}, 5)};
      scenario.faults[1].restart_after_s = 0.5;
      const RunResult result = run(scenario);
      EXPECT_EQ(result.failures, 2);
      EXPECT_EQ(result.lost_steps, 2 + 2);
      EXPECT_EQ(result.parameters_sha256, digest);
      EXPECT_EQ(result.steps, 6U);
      EXPECT_GT(result.detect_s, 0);
      EXPECT_GT(result.recovery_s, result.detect_s + 0.5);
      EXPECT_NEAR(result.useful_s + result.checkpoint_s + result.lost_s + result.recovery_s, result.time_s,
                  1e-9 * result.time_s);
    }
  }
}

// By the same seed the same rank at the same time as elsewhere.
TEST(Faults, AtRandomHitRanksOfALauncherToo) {
  for (const std::string& world : worlds_of_a_launcher()) {
    Scenario scenario = small_mlp("{name: allreduce}", 2, world);
    scenario.workload.stop = {.steps = 400};
    const std::string digest = run(scenario).parameters_sha256;
    scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}};
    FaultSpec at_random;
    at_random.mtbf_s = 2;
    std::optional<PlannedFailure> first;
    // So many steps, each brought to the disk, take longer than that on any machine.
    for (at_random.seed = 0; !first || first->time_s > 0.05; ++*at_random.seed) {
      scenario.faults = {at_random};
      first = FaultSchedule(scenario, 2).next_after(0);
    }
    const TemporaryFolder folder;
    const RunResult result = run_in(folder.path(), scenario);
    EXPECT_EQ(result.parameters_sha256, digest);
    EXPECT_GE(result.failures, 1);
    EXPECT_LE(result.lost_steps, result.failures);
    std::vector<JournalEntry> entries = Journal(folder.path()).read();
    std::erase_if(entries, [](const JournalEntry& entry) { return entry.kind != JournalEntry::Kind::failure; });
    ASSERT_FALSE(entries.empty());
    EXPECT_EQ(entries[0].rank, first->rank);
    EXPECT_EQ(entries[0].time_s, first->time_s);
  }
}

// Once its plan is over, whoever is killed is lost.
TEST(Faults, NobodyElseStartsAgainByALauncher) {
  for (const std::string& world : worlds_of_a_launcher()) {
    Scenario scenario = small_mlp("{name: allreduce}", 2, world);
    scenario.timeout_s = 3;  // ranks may come late to the start on a busy machine
    FaultSpec hangs;
    hangs.hangs = Victim{.index = 1};
    hangs.at = FaultTime{.step = 4};
    hangs.lasts_s = 1000;
    scenario.faults = {kill({.index = 1}, 2), hangs};
    EXPECT_THAT(failure_of(scenario),
                testing::AnyOf(testing::HasSubstr("waited 3 s"), testing::HasSubstr("did not complete within 3 s")));
  }
}

TEST(Faults, WithoutCheckpointsTrainingBeginsAgain) {
  Scenario scenario = small_mlp("{name: allreduce}", 2, "sim");
  scenario.faults = {kill({.index = 0}, 4), kill({.index = 1}, 5)};
  const RunResult result = run(scenario);
  EXPECT_EQ(result.failures, 2);
  EXPECT_EQ(result.lost_steps, 4 + 5);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 2, "sim")).parameters_sha256);
}

// Steps of 1 s on one simulated rank, so that times can be reckoned.
Scenario steps_of_a_second(std::size_t steps) {
  Scenario scenario = phantom("single", 1, 1'000'000, 1, 1e9);
  scenario.workload.batch = {.per_worker = 1};
  scenario.cluster.speed_flops_per_s = 1e9;
  scenario.workload.stop = {.steps = steps};
  return scenario;
}

TEST(Faults, TimeInSimIsWhatTheScenarioSays) {
  Scenario scenario = steps_of_a_second(20);
  // 4 MB and the number of updates, at 4 MB/s: 1 s and 2 us.
  scenario.checkpoint = CheckpointSpec{.every = {.steps = 5}, .bandwidth_bytes_per_s = 4e6};
  FaultSpec fault;
  fault.victim = Victim{};
  fault.at = FaultTime{.time_s = 15.5};  // 12 s are kept until then; 3 steps and a half are lost
  fault.detect_after_s = 2;
  fault.restart_after_s = 3;
  scenario.faults = {fault};
  const RunResult result = run(scenario);
  EXPECT_EQ(result.failures, 1);
  EXPECT_EQ(result.lost_steps, 3);
  EXPECT_NEAR(result.lost_s, 3.5, 1e-4);
  EXPECT_NEAR(result.detect_s, 2, 1e-9);
  EXPECT_NEAR(result.recovery_s, 2 + 3 + 1, 1e-4);
  EXPECT_NEAR(result.checkpoint_s, 4, 1e-4);
  EXPECT_NEAR(result.useful_s, 20, 1e-4);
  EXPECT_NEAR(result.time_s, 20 + 4 + 3.5 + 6, 1e-3);
  EXPECT_EQ(run(scenario).event_digest, result.event_digest);
}

struct Setting {
  double checkpoint_s, mtbf_s, restart_s, interval_s;
};

// The last part of a run that a failure hits is begun again: a renewal process, whose segments are independent.
TEST(Checkpoints, WrittenBesideTrainingAreAsFarApartAsWritingTakes) {
  Scenario scenario = steps_of_a_second(41);
  // Writing takes 4 s, and training hardly waits for it: Daly's formula alone would ask for one after every step.
  scenario.checkpoint =
      CheckpointSpec{.every = {.is_automatic = true}, .blocking = false, .bandwidth_bytes_per_s = 1e6, .mtbf_s = 3600};
  const RunResult result = run(scenario);
  // After steps 1 and 2, before anybody knows how long it takes, then after 6, 10, ... 38. The second waits 3 s for the
  // first, and the last is written 1 s after training.
  EXPECT_EQ(result.checkpoints, 11);
  EXPECT_NEAR(result.time_s, 45, 0.1);
}

TEST(Faults, MeanWallTimeIsTheFormulas) {
  for (const Setting& s :
       {Setting{60, 3600, 60, 657}, Setting{300, 86400, 300, 7200}, Setting{600, 10800, 600, 3600}}) {
    constexpr std::size_t kSegments = 300;
    Scenario scenario = steps_of_a_second(kSegments);
    scenario.cluster.speed_flops_per_s = 1e9 / s.interval_s;
    const double bytes = 4e6 + sizeof(std::int64_t);
    scenario.checkpoint = CheckpointSpec{.every = {.steps = 1}, .bandwidth_bytes_per_s = bytes / s.checkpoint_s};
    FaultSpec fault;
    fault.mtbf_s = s.mtbf_s;
    // Reading takes as long as writing; the rest of the restart is waiting.
    fault.restart_after_s = s.restart_s - s.checkpoint_s;
    scenario.faults = {fault};
    const RunResult result = run(scenario);
    const double expected = expected_slowdown(s.interval_s, s.checkpoint_s, s.mtbf_s, s.restart_s);
    // Variance of a segment of length x, failures at rate r, restarts R that may fail, too: E T^2 - (E T)^2 with
    // T the sum of a geometric number of lost times; bounded here by that of an exponential of the mean time lost.
    const double mean_s = expected * s.interval_s;
    const double lost_s = mean_s - s.interval_s - s.checkpoint_s;
    const double failures = std::expm1((s.interval_s + s.checkpoint_s) / s.mtbf_s);
    const double deviation_s = std::sqrt(lost_s * (2 * lost_s / failures + lost_s)) / std::sqrt(double{kSegments});
    EXPECT_NEAR(result.time_s / kSegments, mean_s, 4 * deviation_s) << s.mtbf_s;
    EXPECT_LT(4 * deviation_s, 0.25 * mean_s);
    EXPECT_GT(result.failures, 10);
  }
}

TEST(Faults, AtRandomHaveTheirMeanAndRepeat) {
  Scenario scenario = steps_of_a_second(1);
  for (const double shape : {0.7, 1.0, 2.0}) {
    FaultSpec fault;
    fault.mtbf_s = 100;
    fault.distribution = FailureDistribution::weibull;
    fault.shape = shape;
    scenario.faults = {fault};
    FaultSchedule schedule(scenario, 1), again(scenario, 1);
    constexpr int kFailures = 20000;
    double time_s = 0;
    for (int i = 0; i < kFailures; ++i) {
      time_s = schedule.next_after(time_s)->time_s;
      ASSERT_EQ(again.next_after(i == 0 ? 0 : std::nextafter(time_s, 0))->time_s, time_s);
    }
    const double ratio = std::tgamma(1 + 2 / shape) / std::pow(std::tgamma(1 + 1 / shape), 2);
    EXPECT_NEAR(time_s / kFailures, 100, 4 * 100 * std::sqrt((ratio - 1) / kFailures)) << shape;
  }
}

TEST(Faults, OfAClusterComeAsOftenAsItHasRanks) {
  Scenario scenario = steps_of_a_second(1);
  FaultSpec fault;
  fault.mtbf_s = 100;
  scenario.faults = {fault};
  FaultSchedule schedule(scenario, 50);
  constexpr int kFailures = 5000;
  double time_s = 0;
  for (int i = 0; i < kFailures; ++i) time_s = schedule.next_after(time_s)->time_s;
  EXPECT_NEAR(time_s / kFailures, 2, 4 * 2 / std::sqrt(double{kFailures}));
}

}  // namespace
}  // namespace tandem::laws
