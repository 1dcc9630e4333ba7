// Many runs: in their order, each in its process, and one that fails does not take the others along.
#include "app/run/run_all.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "app/store/run_folder.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_job.h"

namespace tandem {
namespace {

// Repeats count the runs.
std::vector<Run> runs_of(const SmallRun& small, const TemporaryFolder& folder, int count) {
  std::vector<Run> runs;
  for (int i = 0; i < count; ++i) {
    runs.push_back(
        {.scenario = small.scenario, .repeat = i, .data = &small.data, .directory = folder.path() / std::to_string(i)});
  }
  return runs;
}

void kill_the_newest_child() {
  const auto children = descendants_of(getpid());
  ASSERT_EQ(children.size(), 1u);
  kill(children.begin()->first, SIGABRT);
}

TEST(RunAll, OfNothingIsNothing) {
  const Ran ran = run_all({}, 1, {});
  EXPECT_TRUE(ran.results.empty());
  EXPECT_EQ(exit_code_of(ran), 0);
}

TEST(RunAll, ResultsAreInTheOrderOfTheRuns) {
  const TemporaryFolder folder;
  const SmallRun small(small_scenario("allreduce", 2, "sim"));
  const Ran ran = run_all(runs_of(small, folder, 5), 3, {});
  ASSERT_EQ(ran.results.size(), 5u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ran.results[static_cast<std::size_t>(i)].repeat, i);
    EXPECT_EQ(ran.results[static_cast<std::size_t>(i)].failure, "");
    EXPECT_EQ(ran.results[static_cast<std::size_t>(i)].event_digest, ran.results[0].event_digest);
  }
  EXPECT_EQ(exit_code_of(ran), 0);
}

class JobsAtOnce : public testing::TestWithParam<std::pair<std::string, std::size_t>> {};

TEST_P(JobsAtOnce, AreSimulationsOnly) {
  const auto [world, most] = GetParam();
  const TemporaryFolder folder;
  const SmallRun small(small_scenario("single", 1, world));
  std::size_t running = 0, most_at_once = 0;
  run_all(runs_of(small, folder, 5), 3,
          {.started = [&](const tandem::Run&) { most_at_once = std::max(most_at_once, ++running); },
           .finished = [&](const tandem::Run&, const RunResult&) { --running; }});
  EXPECT_EQ(most_at_once, most);
  EXPECT_EQ(running, 0u);
}
INSTANTIATE_TEST_SUITE_P(RunAll, JobsAtOnce, testing::Values(std::pair("sim", 3u), std::pair("threads", 1u)),
                         [](const auto& each) { return each.param.first; });

TEST(RunAll, ARunThatCrashesIsReportedAndTheOthersGoOn) {
  const TemporaryFolder folder;
  const SmallRun small("allreduce", 2);
  auto runs = runs_of(small, folder, 3);
  // Long enough to be still there when it is killed.
  runs[1].scenario.workload.stop.steps = 1'000'000'000;
  runs[1].scenario.workload.data.shuffle = false;
  const Ran ran = run_all(runs, 1, {.started = [&](const tandem::Run& run) {
                            if (run.repeat == 1) kill_the_newest_child();
                          }});
  ASSERT_EQ(ran.results.size(), 3u);
  EXPECT_EQ(ran.results[0].failure, "");
  EXPECT_EQ(ran.results[1].failure, "the run's process ended by signal 6 (Aborted)");
  EXPECT_EQ(ran.results[2].failure, "");
  EXPECT_EQ(read_run(runs[1].directory).failure, ran.results[1].failure) << "its folder says so too";
  EXPECT_EQ(exit_code_of(ran), 1);
}

TEST(RunAll, ARecordThatCannotBeReadFailsThatRunOnly) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const auto runs = runs_of(small, folder, 2);
  // A folder where a table should go: the run cannot write it.
  std::filesystem::create_directories(runs[0].directory / "steps.csv" / "in the way");
  const Ran ran = run_all(runs, 1, {});
  ASSERT_EQ(ran.results.size(), 2u);
  EXPECT_NE(ran.results[0].failure.find("steps.csv"), std::string::npos) << ran.results[0].failure;
  EXPECT_EQ(ran.results[1].failure, "");
}

TEST(RunAll, AFinishedRunIsNotRunAgain) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const auto runs = runs_of(small, folder, 4);
  run_all({runs[1], runs[2], runs[3]}, 1, {});
  const std::string kept = content_of(runs[1].directory / "run.json");
  // One failed, and one's process had ended before the runner could say how long it took.
  write_run(runs[2].directory, failed_result(runs[2], "tired"), {});
  RunResult not_timed = read_run(runs[3].directory);
  not_timed.wall_s = 0;
  write_run(runs[3].directory, not_timed, {});

  std::vector<int> started;
  const Ran ran = run_all(runs, 1, {.started = [&](const tandem::Run& run) { started.push_back(run.repeat); }});
  EXPECT_EQ(started, (std::vector{0, 2, 3}));
  ASSERT_EQ(ran.results.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ran.results[i].repeat, static_cast<int>(i));
    EXPECT_EQ(ran.results[i].failure, "");
  }
  EXPECT_EQ(content_of(runs[1].directory / "run.json"), kept);
}

TEST(RunAll, AQuietRunLeavesNoLog) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  run_all(runs_of(small, folder, 1), 1, {});
  EXPECT_EQ(entries_of(folder.path() / "0"), (std::vector<std::string>{"ranks.csv", "run.json", "steps.csv"}));
}

TEST(RunAll, ASignalEndsItWithWhatWasFinished) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const Ran ran = run_all(runs_of(small, folder, 3), 1, {.started = [](const tandem::Run& run) {
                            if (run.repeat == 1) raise(SIGTERM);
                          }});
  EXPECT_EQ(ran.interrupted_by, SIGTERM);
  ASSERT_GE(ran.results.size(), 1u);
  EXPECT_LE(ran.results.size(), 2u) << "the second may have ended before it could be ended";
  EXPECT_EQ(exit_code_of(ran), 143);
  EXPECT_TRUE(descendants_of(getpid()).empty());
}

TEST(ExitCode, ACheckThatDidNotHoldCountsMoreThanAFailure) {
  const RunResult good, failed{.failure = "x"}, unbelievable{.failure = "x", .check_failed = true};
  EXPECT_EQ(exit_code_of({.results = {good, good}}), 0);
  EXPECT_EQ(exit_code_of({.results = {good, failed}}), 1);
  EXPECT_EQ(exit_code_of({.results = {failed, unbelievable, good}}), 3);
  EXPECT_EQ(exit_code_of({.results = {unbelievable}, .interrupted_by = SIGINT}), 130);
}

}  // namespace
}  // namespace tandem
