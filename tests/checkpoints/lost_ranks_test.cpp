// Ranks that somebody kills while they train. Each hangs first, at a step that the scenario says, so that it is known
// where it was: then whoever kills it knows which process it is, and the test what must be lost.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "app/run/progress.h"
#include "app/store/journal.h"
#include "tests/checkpoints/watched_run.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kEvery = 3;  // steps between checkpoints

FaultSpec hang(int worker, std::size_t step) {
  FaultSpec fault;
  fault.hangs = Victim{.index = worker};
  fault.at = FaultTime{.step = step};
  fault.lasts_s = 1000;
  return fault;
}

Scenario hanging(const std::string& strategy, const std::string& world, const std::vector<FaultSpec>& faults) {
  Scenario scenario = small_mlp(strategy, 3, world);
  scenario.checkpoint = CheckpointSpec{.every = {.steps = kEvery}};
  scenario.recovery = RecoverySpec{.restarts = 1};
  scenario.faults = faults;
  return scenario;
}

pid_t parent_of(pid_t process) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  const std::string key = "PPid:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoi(line.substr(key.size()));
  }
  throw std::runtime_error("the process has gone");
}

class LostRanks : public testing::Test {
 protected:
  RunResult run_and_kill(const Scenario& scenario, bool parents = false) {
    return run_in(folder_.path(), scenario, {}, [&] {
      for (std::size_t i = 1; i <= scenario.faults.size(); ++i) {
        const pid_t rank = process_of(folder_.path(), next_that_hangs(folder_.path(), i));
        kill(parents ? parent_of(rank) : rank, SIGKILL);
      }
    });
  }

  std::string failure_of(const Scenario& scenario) {
    try {
      run_and_kill(scenario);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  std::vector<JournalEntry> failures() const {
    std::vector<JournalEntry> entries = Journal(folder_.path()).read();
    std::erase_if(entries, [](const JournalEntry& entry) { return entry.kind != JournalEntry::Kind::failure; });
    return entries;
  }

  TemporaryFolder folder_;
};

std::vector<std::string> worlds_that_can() {
  std::vector<std::string> names = runnable_worlds();
  std::erase_if(names, [](const std::string& name) { return !world_called(name).honours(Feature::rank_processes); });
  return names;
}

struct EveryWorld : LostRanks, testing::WithParamInterface<std::string> {};

TEST_P(EveryWorld, AllStartAgainAndLoseTheStepsSinceTheCheckpointAndNoBits) {
  for (const char* strategy :
       {"{name: allreduce}", "{name: ps-sync, servers: 1}", "{name: pipeline, microbatches: 2}"}) {
    SCOPED_TRACE(strategy);
    const std::size_t step = 5;
    const RunResult result = run_and_kill(hanging(strategy, GetParam(), {hang(1, step)}));
    EXPECT_EQ(result.parameters_sha256, run(small_mlp(strategy, 3, "threads")).parameters_sha256);
    EXPECT_EQ(result.steps, 6U);
    EXPECT_EQ(result.failures, 1);
    EXPECT_EQ(result.lost_steps, static_cast<double>(step % kEvery));
    EXPECT_GT(result.lost_s, 0);
    EXPECT_GT(result.recovery_s, result.detect_s);
    EXPECT_NEAR(result.useful_s + result.checkpoint_s + result.lost_s + result.recovery_s, result.time_s,
                1e-9 * result.time_s);
    ASSERT_EQ(failures().size(), 1U);
    EXPECT_EQ(failures()[0].rank, 1);
    EXPECT_EQ(failures()[0].cause, "rank 1 was killed by signal 9 (Killed)");
    EXPECT_THAT(progress_in(folder_.path()), IsEmpty());
    std::filesystem::remove(folder_.path() / "journal.jsonl");
    std::filesystem::remove_all(folder_.path() / "checkpoints");
  }
}

TEST_P(EveryWorld, WhoIsLeftGoesOnWithoutTheOneWhoWasKilled) {
  Scenario scenario = hanging("{name: allreduce}", GetParam(), {hang(1, 4)});
  scenario.recovery->shrinks = true;
  const RunResult result = run_and_kill(scenario);
  EXPECT_EQ(result.workers, 2);
  EXPECT_EQ(result.lost_steps, 1);
  Scenario planned = small_mlp("{name: allreduce}", 3, "threads");
  planned.elastic = {{.at = FaultTime{.step = kEvery}, .workers = 2}};
  const RunResult whole = run(planned);
  EXPECT_EQ(result.parameters_sha256, whole.parameters_sha256);
  EXPECT_EQ(result.samples, whole.samples);
  EXPECT_EQ(result.bytes_sent, whole.bytes_sent);
}

TEST_P(EveryWorld, AfterTheLastRestartTheRunFailsWithTheCause) {
  const Scenario scenario = hanging("{name: allreduce}", GetParam(), {hang(1, 2), hang(2, 4)});
  EXPECT_THAT(failure_of(scenario), AllOf(HasSubstr("rank 2 was killed by signal 9 (Killed)"),
                                          HasSubstr("the ranks had started again 1 time before")));
  EXPECT_EQ(failures().size(), 2U);
}

// It would go on, but the others have given it up by then.
TEST_P(EveryWorld, OneThatGoesOnTooLateCountsAsLost) {
  Scenario scenario = hanging("{name: allreduce}", GetParam(), {hang(1, 4)});
  scenario.timeout_s = 1;
  scenario.faults[0].lasts_s = 1.5;
  scenario.recovery->restarts = 5;  // on a busy machine ranks may come too late to the start, too
  const RunResult result = run_in(folder_.path(), scenario);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 3, "threads")).parameters_sha256);
  EXPECT_GE(result.failures, 1);
  EXPECT_EQ(result.lost_steps, 1);
}

INSTANTIATE_TEST_SUITE_P(Worlds, EveryWorld, testing::ValuesIn(worlds_that_can()),
                         [](const auto& test) { return test.param; });

TEST_F(LostRanks, OneAfterTheOtherAsOftenAsTheScenarioSays) {
  Scenario scenario = hanging("{name: allreduce}", "tcp", {hang(1, 2), hang(0, 4), hang(2, 5)});
  scenario.recovery->restarts = 3;
  const RunResult result = run_and_kill(scenario);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 3, "threads")).parameters_sha256);
  EXPECT_EQ(result.failures, 3);
  EXPECT_EQ(result.lost_steps, 2 + 1 + 2);
}

TEST_F(LostRanks, WithoutCheckpointsTrainingBeginsAgain) {
  Scenario scenario = hanging("{name: allreduce}", "tcp", {hang(2, 4)});
  scenario.checkpoint.reset();
  const RunResult result = run_and_kill(scenario);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 3, "threads")).parameters_sha256);
  EXPECT_EQ(result.lost_steps, 4);
}

TEST_F(LostRanks, TheProcessThatStartedThemMayBeKilledToo) {
  const RunResult result = run_and_kill(hanging("{name: allreduce}", "tcp", {hang(1, 4)}), /*parents=*/true);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 3, "threads")).parameters_sha256);
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_EQ(failures()[0].rank, -1);
  EXPECT_EQ(failures()[0].cause, "the run's process ended by signal 9 (Killed)");
  EXPECT_EQ(result.lost_steps, 1);
}

TEST_F(LostRanks, OneThatStandsStillForTooLongIsStartedAgain) {
  Scenario scenario = hanging("{name: allreduce}", "tcp", {hang(1, 4)});
  scenario.timeout_s = 0.5;
  const RunResult result = run_in(folder_.path(), scenario);
  EXPECT_EQ(result.parameters_sha256, run(small_mlp("{name: allreduce}", 3, "threads")).parameters_sha256);
  EXPECT_EQ(result.failures, 1);
  EXPECT_EQ(result.lost_steps, 1);
}

TEST_F(LostRanks, PlannedFailuresDoNotCountAsRestarts) {
  Scenario scenario = hanging("{name: allreduce}", "tcp", {hang(2, 5)});
  FaultSpec planned;
  planned.victim = Victim{.index = 1};
  for (const std::size_t step : {1, 4}) {
    planned.at = FaultTime{.step = step};
    scenario.faults.push_back(planned);
  }
  const RunResult result = run_in(folder_.path(), scenario, {}, [&] {
    kill(process_of(folder_.path(), next_that_hangs(folder_.path(), 1)), SIGKILL);
  });
  EXPECT_EQ(result.failures, 3);
  EXPECT_EQ(result.lost_steps, 1 + 1 + 2);
}

// The others are at a checkpoint, and wait for the one that hangs: they go on without it, and nobody starts again.
TEST_F(LostRanks, BehindBackupsDoNotHoldUpACheckpoint) {
  const std::size_t step = 3;
  Scenario scenario = hanging("{name: backup-workers, backups: 1}", "tcp", {hang(1, step)});
  scenario.checkpoint->every.steps = 1;
  const RunResult result = run_in(folder_.path(), scenario, {}, [&] {
    const pid_t rank = process_of(folder_.path(), next_that_hangs(folder_.path(), 1));
    await(folder_.path(), [&] { return progress_in(folder_.path()).at(0).steps_done > step; });
    kill(rank, SIGKILL);
  });
  EXPECT_EQ(result.steps, 6U);
  EXPECT_EQ(result.checkpoints, 6);
  EXPECT_EQ(result.failures, 1);
  EXPECT_EQ(result.recovery_s, 0);
  EXPECT_EQ(result.rank_rows.at(1).role, "died");
}

// More of them than there are backups: those who had died before the checkpoint stay dead, the last one comes back.
TEST_F(LostRanks, BeyondTheBackupsAllStartAgain) {
  Scenario scenario = hanging("{name: backup-workers, backups: 1}", "tcp", {hang(1, 1), hang(2, 5)});
  // Nobody waits for the first, so steps take long enough for it to be killed before the checkpoint.
  scenario.cluster.emulate_speed = true;
  scenario.cluster.speed_flops_per_s = 5e5;
  const RunResult result = run_and_kill(scenario);
  EXPECT_EQ(result.steps, 6U);
  EXPECT_EQ(result.rank_rows.at(1).role, "died");
  EXPECT_EQ(result.rank_rows.at(2).role, "worker");
  ASSERT_EQ(failures().size(), 1U);
  EXPECT_THAT(failures()[0].cause, HasSubstr("with it 2 of 3 workers, and the run survives the death of 1"));
}

TEST_F(LostRanks, NobodyStartsAgainWhoWasNotAskedTo) {
  Scenario scenario = hanging("{name: allreduce}", "tcp", {hang(1, 4)});
  scenario.recovery.reset();
  scenario.timeout_s = 0.5;
  std::string failure;
  try {
    run_in(folder_.path(), scenario);
  } catch (const std::runtime_error& error) {
    failure = error.what();
  }
  EXPECT_THAT(failure, HasSubstr("rank 1 was stopped by signal 19 (Stopped (signal)) and did not go on"));
  EXPECT_THAT(failures(), IsEmpty());
}

}  // namespace
}  // namespace tandem::laws
