// A run and what it leaves in its folder.
#include "app/run/execute.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cmath>

#include "app/store/run_folder.h"
#include "app/store/sha256.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_job.h"

namespace tandem {
namespace {

Run run_of(const SmallRun& small, const std::filesystem::path& directory) {
  return {.scenario = small.scenario,
          .factors = {{"strategy", "{name: x, y: 1}"}, {"seed", "5"}},
          .repeat = 2,
          .data = &small.data,
          .directory = directory};
}

// In a process of its own, as the runner does.
void execute_apart(const Run& run, const TemporaryFolder& folder) {
  std::filesystem::create_directories(run.directory);
  const FileDescriptor log(open((folder.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  Child process = fork_child({.output = log.get(), .errors = log.get()}, [&] { return execute(run); });
  ASSERT_EQ(process.wait().text(), "") << content_of(folder.path() / "log");
}

class EachWorld : public testing::TestWithParam<std::string> {};

TEST_P(EachWorld, HandsOverWhatItMeasured) {
  const TemporaryFolder folder;
  Scenario scenario = small_scenario("allreduce", 3, GetParam());
  scenario.workload.evaluate_every = 2;
  const SmallRun small(scenario);
  execute_apart(run_of(small, folder.path() / "deep" / "run"), folder);

  const RunResult result = take_over(folder.path() / "deep" / "run").value();
  EXPECT_TRUE(entries_of(folder.path() / "deep" / "run").empty());
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.factors,
            (std::vector<std::pair<std::string, std::string>>{{"strategy", "{name: x, y: 1}"}, {"seed", "5"}}));
  EXPECT_EQ(result.world, GetParam());
  EXPECT_EQ(result.strategy_label, "allreduce ring");
  EXPECT_EQ(result.repeat, 2);
  EXPECT_EQ(result.ranks, 3);
  EXPECT_EQ(result.steps, 3u);
  EXPECT_EQ(result.samples, 24u);
  EXPECT_GT(result.time_s, 0);
  EXPECT_GT(result.peak_rss_bytes, 0u);
  EXPECT_EQ(result.parameters_sha256.size(), 64u);
  EXPECT_EQ(result.event_digest.empty(), GetParam() != "sim");
  EXPECT_EQ(result.network_model.empty(), GetParam() != "sim");
  ASSERT_EQ(result.step_rows.size(), 3u);
  EXPECT_TRUE(std::isnan(result.step_rows[0].validation_loss));
  EXPECT_GT(result.step_rows[1].validation_loss, 0) << "due after two steps";
  ASSERT_EQ(result.rank_rows.size(), 3u);
  for (const RankResult& rank : result.rank_rows) {
    EXPECT_EQ(rank.traffic, small.strategy().traffic(small.job, rank.rank, {0, 3}));
    EXPECT_NEAR(rank.compute_s + rank.communication_s + rank.idle_s, result.time_s, 1e-9 * result.time_s);
  }
}
INSTANTIATE_TEST_SUITE_P(Execute, EachWorld, testing::Values("threads", "tcp", "sim"));

TEST(WriteRun, TheRecordHoldsTheScenarioAndWhatRanIt) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const auto run = run_of(small, folder.path());
  write_run(folder.path(), failed_result(run, ""), to_json(run.scenario));
  const auto json = nlohmann::json::parse(content_of(folder.path() / "run.json"));
  EXPECT_EQ(json.at("scenario").at("workload").at("stop").at("steps"), 3);
  EXPECT_EQ(json.at("scenario").at("strategy"), "single");
  for (const char* what : {"tandem", "compiler", "simgrid", "eigen", "processor", "system"})
    EXPECT_FALSE(json.at("provenance").at(what).get<std::string>().empty()) << what;
}

TEST(Execute, ParametersAndTraceAreWrittenWhenAskedFor) {
  const TemporaryFolder folder;
  Scenario scenario = small_scenario("ps-async", 2);
  scenario.save_parameters = scenario.trace = true;
  const SmallRun small(scenario);
  execute_apart(run_of(small, folder.path() / "run"), folder);
  const RunResult result = take_over(folder.path() / "run").value();
  EXPECT_EQ(entries_of(folder.path() / "run"),
            (std::vector<std::string>{"parameters.f32", "timeline.json", "trace.json"}));
  const std::string bytes = content_of(folder.path() / "run" / "parameters.f32");
  ASSERT_EQ(bytes.size(), 3 * sizeof(float));
  EXPECT_EQ(sha256_of(reinterpret_cast<const float*>(bytes.data()), 3), result.parameters_sha256);
  EXPECT_FALSE(nlohmann::json::parse(content_of(folder.path() / "run" / "trace.json")).empty());
  std::int64_t updates = 0;
  for (const auto& [staleness, count] : result.staleness_counts) updates += count;
  EXPECT_EQ(updates, 6) << "three of each worker";
}

TEST(Execute, ARunThatFailsSaysWhyInItsRecord) {
  const TemporaryFolder folder;
  Scenario scenario = small_scenario("allreduce", 2, "tcp");
  scenario.timeout_s = 1e-4;
  const SmallRun small(scenario);
  execute_apart(run_of(small, folder.path()), folder);
  const RunResult result = take_over(folder.path()).value();
  EXPECT_NE(result.failure, "");
  EXPECT_FALSE(result.check_failed);
  EXPECT_EQ(result.strategy_label, "allreduce ring");
  EXPECT_EQ(result.workers, 2);
  EXPECT_TRUE(result.step_rows.empty());
}

// Its ranks would be this test program, which would run all its tests.
TEST(Execute, AProgramThatCannotBeARankStartsNoMpiJob) {
  const TemporaryFolder folder;
  const SmallRun small(small_scenario("allreduce", 2, "mpi"));
  execute(run_of(small, folder.path()));
  const std::string failure = take_over(folder.path()).value().failure;
  EXPECT_NE(failure.find("does not know the command that makes it a rank"), std::string::npos) << failure;
}

TEST(FailedResult, SaysWhatWasToBeRunAndWhyItWasNot) {
  const SmallRun small("ps-sync", 2);
  const RunResult result = failed_result(run_of(small, "x"), "the cable");
  EXPECT_EQ(result.failure, "the cable");
  EXPECT_EQ(result.scenario, "small");
  EXPECT_EQ(result.world, "threads");
  EXPECT_EQ(result.strategy, "ps-sync");
  EXPECT_EQ(result.seed, 5u);
  EXPECT_EQ(result.repeat, 2);
  EXPECT_EQ(result.factors.size(), 2u);
  EXPECT_TRUE(std::isnan(result.train_loss));
}

TEST(WriteRun, AFailureMayHoldAnyBytes) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const auto run = run_of(small, folder.path());
  write_run(folder.path(), failed_result(run, "half a letter: \xc3"), {});
  EXPECT_EQ(read_run(folder.path()).failure, "half a letter: \xef\xbf\xbd");
}

TEST(WriteRun, NoMeasureIsLostOnTheWay) {
  const TemporaryFolder folder;
  const SmallRun small("single", 1);
  const auto run = run_of(small, folder.path());
  RunResult result = failed_result(run, "");
  result.check_failed = true;
  result.train_loss = std::numeric_limits<double>::infinity();
  result.time_s = 1.0 / 3;
  result.bytes_sent = 1ULL << 60;
  hand_over(folder.path(), result);
  write_run(folder.path(), take_over(folder.path()).value(), {});
  const RunResult back = read_run(folder.path());
  EXPECT_TRUE(back.check_failed);
  EXPECT_EQ(back.train_loss, result.train_loss);
  EXPECT_TRUE(std::isnan(back.validation_loss));
  EXPECT_EQ(back.time_s, 1.0 / 3);
  EXPECT_EQ(back.bytes_sent, 1ULL << 60);
}

TEST(ReadRun, RefusesWhatIsNoRecord) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_run(folder.path()), UsageError) << "there is none";
  for (const char* text : {"", "{", "[]", "{}", "{\"result\": {}}", "{\"result\": {\"factors\": 3}}"}) {
    folder.file("run.json", text);
    EXPECT_THROW(read_run(folder.path()), UsageError) << text;
  }
}

}  // namespace
}  // namespace tandem
