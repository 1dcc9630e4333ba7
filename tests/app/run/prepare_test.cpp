// From a plan to runs: what is skipped and why, what is repeated, what shares its data, and where it goes.
#include "app/run/prepare.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "app/run/attempt_text.h"
#include "app/scenario/loader.h"
#include "core/errors.h"

namespace tandem {
namespace {

Plan plan_with(const std::string& more, const std::vector<std::string>& overrides = {}) {
  const std::string text = R"(tandem: 1
name: planned
question: What is run?
workload:
  model: {name: linear, init: zeros}
  data: {source: synthetic-linear, rows: 100, features: 3}
  batch: {global: 10}
  stop: {steps: 2}
cluster: {workers: 2}
)";
  return parse_plan(text + more, "planned.yaml", overrides);
}

std::string error_of(const std::string& more, const std::vector<std::string>& overrides) {
  try {
    prepare(plan_with(more, overrides));
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return {};
}

TEST(Prepare, WhatAStrategyCannotRunIsSkippedWithItsReason) {
  const Prepared prepared = prepare(plan_with(R"(sweep:
  grid:
    strategy: [{name: single}, {name: allreduce}, {name: pipeline}]
    cluster.workers: [1, 2]
)"));
  ASSERT_EQ(prepared.points.size(), 6u);
  EXPECT_EQ(prepared.runs.size(), 4u);
  EXPECT_EQ(prepared.points[0].skipped, std::nullopt);
  EXPECT_EQ(prepared.points[1].skipped, "single runs on one worker, not on 2");
  EXPECT_EQ(prepared.points[5].skipped, "2 stages need as many layers, the model has 1");
  for (const auto& run : prepared.runs)
    EXPECT_FALSE(run.scenario.strategy.name != "allreduce" && run.scenario.cluster.workers == 2);
}

// A codec whose messages are gathered: n messages at each of n workers, 0.5 TB of them.
TEST(Prepare, WhatThisMachinesMemoryDoesNotHoldIsRefusedWithTheSum) {
  const auto reason_of = [](const char* strategy, const char* payload) {
    return error_of(fmt::format("world: sim\nsim: {{payload: {}}}\nstrategy: {}\n", payload, strategy),
                    {"workload.data.rows=16384", "workload.data.features=2000", "workload.batch={per_worker: 1}",
                     "cluster.workers=16384"});
  };
  const std::string reason = reason_of("{name: allreduce, codec: qsgd}", "numeric");
  EXPECT_NE(reason.find("16384 ranks together hold"), std::string::npos) << reason;
  EXPECT_NE(reason.find("541GB of coding"), std::string::npos) << reason;
  EXPECT_NE(reason.find(", and this machine has "), std::string::npos) << reason;
  EXPECT_EQ(reason_of("{name: allreduce}", "numeric"), "");
  EXPECT_EQ(reason_of("{name: allreduce, codec: qsgd}", "phantom"), "");
}

TEST(Prepare, AFallbackTakesThePlaceOfAWorldThatRefuses) {
  const std::string two_worlds = "sweep: {grid: {world: [sim, threads]}}\nfallback: tcp\n";
  const Prepared prepared = prepare(plan_with(two_worlds, {"cluster.emulate=true"}));
  ASSERT_EQ(prepared.runs.size(), 2u);
  EXPECT_EQ(prepared.runs[0].scenario.world, "sim");
  const Scenario& other = prepared.runs[1].scenario;
  EXPECT_EQ(other.world, "tcp");
  EXPECT_FALSE(other.cluster.emulate);
  EXPECT_TRUE(other.cluster.emulate_speed) << "hosts stay as slow as they were";
  EXPECT_EQ(prepared.runs[1].factors, (std::vector<std::pair<std::string, std::string>>{{"world", "tcp"}}));
  EXPECT_TRUE(prepared.replaced.starts_with("tcp takes the place of threads, with this machine's own network: "))
      << prepared.replaced;

  EXPECT_EQ(prepare(plan_with(two_worlds)).replaced, "") << "nothing was refused";
  const Prepared own = prepare(plan_with("world: threads\nfallback: threads\n", {"cluster.emulate=true"}));
  ASSERT_EQ(own.runs.size(), 1u) << "whoever asks for the fallback gets it";
  EXPECT_FALSE(own.runs[0].scenario.cluster.emulate);
  EXPECT_TRUE(own.replaced.starts_with("threads runs with this machine's own network: ")) << own.replaced;
  const Prepared planned =
      prepare(plan_with("sweep: {grid: {world: [sim, threads]}}\nfallback: sim\n", {"cluster.emulate=true"}));
  EXPECT_EQ(planned.runs.size(), 1u) << "what is planned anyway is not run twice";
  EXPECT_TRUE(planned.points[1].skipped);
}

TEST(Prepare, SimulationsComeFirstAndAreRunOnceRealRunsRepeatByRepeat) {
  const Prepared prepared = prepare(plan_with(R"(sweep:
  grid:
    cluster.workers: [1, 2]
    world: [threads, sim]
  repeat: 3
)"));
  std::vector<std::string> order;
  for (const auto& run : prepared.runs)
    order.push_back(fmt::format("{} {} {}", run.scenario.world, run.scenario.cluster.workers, run.repeat));
  EXPECT_EQ(order, (std::vector<std::string>{"sim 1 0", "sim 2 0", "threads 1 0", "threads 2 0", "threads 1 1",
                                             "threads 2 1", "threads 1 2", "threads 2 2"}));
  EXPECT_EQ(prepared.runs[0].factors,
            (std::vector<std::pair<std::string, std::string>>{{"cluster.workers", "1"}, {"world", "sim"}}));
}

TEST(Prepare, RunsShareTheirDataUnlessItDiffers) {
  const Prepared same = prepare(plan_with("sweep: {grid: {cluster.workers: [1, 2, 5], world: [threads, sim]}}\n"));
  EXPECT_EQ(same.datasets.size(), 1u);
  for (const auto& run : same.runs) EXPECT_EQ(run.data, same.runs[0].data);
  EXPECT_EQ(prepare(plan_with("sweep: {grid: {workload.data.rows: [100, 101]}}\n")).datasets.size(), 2u);
  EXPECT_EQ(prepare(plan_with("sweep: {grid: {seed: [1, 2, 3]}}\n")).datasets.size(), 3u) << "made-up data is seeded";
}

TEST(Prepare, ASweepOverSeedsKeepsOneCopyOfAFile) {
  const Prepared prepared =
      prepare(plan_with("sweep: {grid: {seed: [1, 2, 3]}}\n",
                        {"workload.data={source: csv, path: '" TANDEM_SOURCE_DIR "/tests/golden/bad/data/good.csv'}"}));
  EXPECT_EQ(prepared.runs.size(), 3u);
  EXPECT_EQ(prepared.datasets.size(), 1u);
}

TEST(Prepare, AProfileModelHasNoData) {
  const Prepared prepared =
      prepare(plan_with("world: sim\n", {"workload.model={name: profile, parameters: 100, flops_per_sample: 1Mflop}",
                                         "workload.data={source: none}"}));
  ASSERT_EQ(prepared.runs.size(), 1u);
  EXPECT_EQ(prepared.runs[0].data, nullptr);
}

Plan plan_on(const std::string& platform, const std::string& more) {
  return plan_with("world: sim\n" + more, {"cluster.platform=" TANDEM_SOURCE_DIR + platform});
}

TEST(Prepare, APlatformFilesHostsBecomeRanksAsFarAsTheyGo) {
  const Prepared prepared = prepare(plan_on("/tests/golden/platforms/three-hosts.xml", R"(sweep:
  grid:
    strategy: [{name: allreduce}, {name: ps-sync}]
    cluster.workers: [3, 4]
)"));
  ASSERT_EQ(prepared.points.size(), 4u);
  ASSERT_EQ(prepared.runs.size(), 1u);
  EXPECT_EQ(prepared.runs[0].scenario.cluster.speed_of(2), 2e9);
  EXPECT_EQ(prepared.runs[0].scenario.cluster.speed_of_workers(), 6e9);
  EXPECT_TRUE(prepared.points[1].skipped->ends_with(
      "three-hosts.xml has 3 hosts, but there are 4 ranks, of which each needs one"))
      << *prepared.points[1].skipped;
  EXPECT_TRUE(prepared.points[2].skipped->ends_with("there are 4 ranks, of which each needs one")) << "a server, too";
}

TEST(Prepare, ABadPlatformFileIsTheUsersErrorWithItsPlace) {
  try {
    prepare(plan_on("/README.md", ""));
    FAIL() << "README.md is no platform";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("README.md:1: error: Invalid XML"), std::string::npos) << error.what();
  }
}

TEST(Prepare, AValueThatDoesNotFitIsAMistakeWithItsPlace) {
  EXPECT_EQ(error_of("faults: [{kill: worker 1, at: step 2}]\nworld: sim\n", {}),
            "planned.yaml:10:27: error: faults[0].at: step 2 never begins: training has 2 steps\n"
            "  faults: [{kill: worker 1, at: step 2}]\n"
            "                            ^\n"
            "  allowed: step 0 to step 1");
  EXPECT_EQ(error_of("", {"workload.untimed_steps=2"}),
            "-s workload.untimed_steps=2: error: workload.untimed_steps is 2, and training has 2 steps: none would be "
            "timed\n  allowed: 0 to 1");
  EXPECT_EQ(error_of("", {"workload.untimed_steps=1"}), "");
}

// As with other combinations that mean nothing: the rest of the grid runs.
TEST(Prepare, AValueThatDoesNotFitSkipsItsPointOfAGrid) {
  for (const auto& [key, values, reason] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"workload.batch.global", "[10, 101]", "workload.batch.global is 101, more than the 100 training rows"},
           {"workload.untimed_steps", "[1, 2]",
            "workload.untimed_steps is 2, and training has 2 steps: none would be timed"},
           {"workload.data.train_rows", "[99, 101]", "workload.data.train_rows is 101, and there are 100 rows"}}) {
    const Prepared prepared = prepare(plan_with(fmt::format("sweep: {{grid: {{{}: {}}}}}\n", key, values)));
    ASSERT_EQ(prepared.points.size(), 2u);
    EXPECT_EQ(prepared.points[1].skipped.value_or(""), reason);
    EXPECT_EQ(prepared.runs.size(), 1u);
  }
}

TEST(Prepare, WhatNoGridCanExcuseIsTheUsersError) {
  EXPECT_THROW(prepare(plan_with("", {"workload.batch.global=101"})), UsageError);
  EXPECT_NO_THROW(prepare(plan_with("", {"workload.batch.global=100"})));
  Plan elsewhere = plan_with("");
  elsewhere.points[0].scenario.world = "nowhere";
  EXPECT_THROW(prepare(elsewhere), UsageError);
}

TEST(PrepareOrderedRun, IsTheSameRun) {
  const Prepared prepared = prepare(plan_with("strategy: {name: ps-sync, servers: 2}\nseed: 7\n"));
  const auto& run = prepared.runs.at(0);
  const RunOrder order{.file = "order.json",
                       .text = to_json(run.scenario).dump(2),
                       .factors = {{"strategy", "a, \"quoted\" one"}, {"cluster.workers", "2"}},
                       .repeat = 3};
  const Prepared read = prepare_ordered_run(order, "somewhere");
  ASSERT_EQ(read.runs.size(), 1U);
  EXPECT_EQ(to_json(read.runs[0].scenario), to_json(run.scenario));
  EXPECT_EQ(read.runs[0].factors, order.factors);
  EXPECT_EQ(read.runs[0].repeat, 3);
  EXPECT_EQ(read.runs[0].directory, "somewhere");
  EXPECT_EQ(ranks_of(read.runs[0]), 4);
}

// The number of workers is the attempt's, the scenario's is what it was.
TEST(PrepareOrderedRun, IsTheAttemptThatItsOrderTellsOf) {
  const Prepared prepared = prepare(plan_with(""));
  auto run = prepared.runs.at(0);
  RunOrder order{.file = "order.json", .text = to_json(run.scenario).dump(2)};
  run.scenario.cluster.workers = 1;
  run.directory = "/somewhere";
  run.attempt = Attempt{.is_restart = true, .begins_at_s = 2.5, .start_s = 100, .hung = {0, 3}};
  order.attempt = text_of_attempt(run);
  const auto read = prepare_ordered_run(order, "/somewhere").runs.at(0);
  EXPECT_EQ(read.scenario.cluster.workers, 1);
  EXPECT_EQ(read.directory, "/somewhere");
  ASSERT_TRUE(read.attempt.has_value());
  EXPECT_TRUE(read.attempt->is_restart);
  EXPECT_FALSE(read.attempt->from.has_value());
  EXPECT_EQ(read.attempt->begins_at_s, 2.5);
  EXPECT_EQ(read.attempt->start_s, 100);
  EXPECT_EQ(read.attempt->hung, (std::vector<std::size_t>{0, 3}));
  order.attempt = "process 1 of 3 has gone";
  EXPECT_THROW(prepare_ordered_run(order, "/somewhere"), RunFailed);
}

TEST(Place, ASingleRunHasTheStudysFolder) {
  Prepared prepared = prepare(plan_with(""));
  place(prepared.runs, "study");
  EXPECT_EQ(prepared.runs.at(0).directory, "study");
}

TEST(Place, EachOfManyHasAFolderOfItsOwnThatSaysWhatItIs) {
  Prepared prepared = prepare(plan_with(R"(sweep:
  grid:
    strategy: [{name: allreduce, bucket: 4KiB}, {name: ps-async, staleness: 3, placement: colocated}]
    workload.stop.steps: [1, 2]
  repeat: 2
)"));
  place(prepared.runs, "study");
  std::set<std::string> names;
  for (const auto& run : prepared.runs) {
    EXPECT_EQ(run.directory.parent_path(), "study/runs");
    const std::string name = run.directory.filename();
    EXPECT_EQ(name.find_first_of(" =/"), std::string::npos) << name;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 8u);
  EXPECT_EQ(*names.begin(), "0001-allreduce_ring_4KiB-threads-n2-r0");
  EXPECT_EQ(*names.rbegin(), "0008-ps-async_colocated_s_3-threads-n2-r1");
}

TEST(Place, OfNoRunsIsNothing) {
  std::vector<tandem::Run> none;
  EXPECT_NO_THROW(place(none, "study"));
}

}  // namespace
}  // namespace tandem
