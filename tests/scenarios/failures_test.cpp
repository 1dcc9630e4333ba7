// The claims of the scenarios in which machines fail, hang, or come later, and ranks die.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

// All intervals meet the same failures. The automatic one is about Daly's 26 steps.
TEST(CheckpointsScenario, YoungAndDalysIntervalIsTheBest) {
  const Table runs = run_scenario("checkpoints").runs;
  ASSERT_EQ(runs.size(), 7u);
  const auto with = [&](const std::string& every, const std::string& column) {
    return number(only_row(runs, {{"checkpoint.every", every}}), column);
  };
  const double automatic_s = with("auto", "time_s");
  for (const char* every : {"5", "10", "20", "45", "90", "180"}) {
    EXPECT_LT(automatic_s, 1.02 * with(every, "time_s")) << every;
    const double parts_s =
        with(every, "useful_s") + with(every, "checkpoint_s") + with(every, "lost_s") + with(every, "recovery_s");
    EXPECT_NEAR(parts_s, with(every, "time_s"), 1e-6 * parts_s);
    EXPECT_NEAR(with(every, "useful_s"), 6000 * 60, 1) << "what stands in the end are the steps";
  }
  EXPECT_LT(automatic_s, 0.9 * with("5", "time_s"));
  EXPECT_LT(automatic_s, 0.9 * with("180", "time_s"));
  EXPECT_GT(with("180", "lost_s"), 4 * with("20", "lost_s"));
  EXPECT_NEAR(6000 / with("auto", "checkpoints"), 26, 3);
}

// 300 steps of a tenth of a second, and 14 rounds of an eighth of 4 MB in a ring, last ten seconds longer for all who
// wait for the host. Backup workers work as ps-sync does, and nobody waits.
TEST(HangsScenario, OnlyABackupWorkerSavesTheTimeThatAHostHangs) {
  const Table runs = run_scenario("hangs").runs;
  ASSERT_EQ(runs.size(), 4u);
  const auto time_s = [&](const char* strategy) { return number(only_row(runs, {{"strategy", strategy}}), "time_s"); };
  const double ring_s = 300 * (0.1 + 14 * (50e-6 + 0.5e6 / 1.25e9));
  EXPECT_NEAR(time_s("allreduce"), ring_s + 10, 1e-3 * ring_s);
  EXPECT_NEAR(time_s("ps-async"), time_s("ps-sync"), 1) << "a bound on staleness";
  EXPECT_GT(time_s("ps-sync") - time_s("backup-workers"), 9.5);
}

// A worker that is not there takes no part of a server's link. Who needs its message waits a second until each of the
// two is known to be dead. All-reduce takes two seconds more to replace each, and the 100 and the 200 steps made until
// then.
TEST(DeathsScenario, WhoNeedsNotEveryGradientLosesNoTime) {
  const Table runs = run_scenario("deaths").runs, without = run_scenario("deaths", {"faults=[]"}).runs;
  ASSERT_EQ(runs.size(), 4u);
  for (const char* strategy : {"allreduce", "gossip", "ad-psgd", "ps-async"}) {
    SCOPED_TRACE(strategy);
    const Row run = only_row(runs, {{"strategy", strategy}}), whole = only_row(without, {{"strategy", strategy}});
    EXPECT_EQ(number(run, "failures"), 2);
    EXPECT_LT(number(run, "validation_loss"), 1.2 * number(whole, "validation_loss"));
    const double whole_s = number(whole, "time_s");
    if (std::string(strategy) == "allreduce") {
      EXPECT_EQ(run.at("parameters_sha256"), whole.at("parameters_sha256"));
      EXPECT_EQ(number(run, "lost_steps"), 300);
      EXPECT_NEAR(number(run, "time_s"), whole_s * (1 + 300 / 400.0) + 2 * 3, 0.01 * whole_s);
    } else {
      EXPECT_EQ(number(run, "lost_steps"), 0);
      EXPECT_EQ(number(run, "goodput"), 1);
      const double waits_s = std::string(strategy) == "gossip" ? 2 * 1 : 0;
      EXPECT_LE(number(run, "time_s"), (whole_s + waits_s) * (1 + 1e-9));
      EXPECT_GT(number(run, "time_s"), 0.9 * (whole_s + waits_s));
    }
  }
}

// Eight workers push a quarter of 4 GB to each server, and pull it: 12.8 s. The sum of the eight goes on to the replica
// in 0.8 s. The server dies while workers compute for 60 s, which hides so much of the 90 s until somebody notices.
TEST(ServerReplicasScenario, CostAHundredthAndSaveWhatGoingBackLoses) {
  const double wire_s = 1e9 / 1.25e9, alpha_s = 10e-6;
  const double step_s = 60 + 2 * (8 * wire_s + alpha_s), replicated_s = step_s + wire_s + 2 * alpha_s;
  const auto runs_with = [](const std::vector<std::string>& overrides) {
    return run_scenario("server-replicas", overrides).runs;
  };
  const Table runs = runs_with({}), undisturbed = runs_with({"faults=[]"});
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_NEAR(number(undisturbed[0], "time_s"), 600 * step_s, 1e-6 * 600 * step_s);
  EXPECT_NEAR(number(undisturbed[1], "time_s"), 600 * replicated_s, 1e-6 * 600 * step_s);
  EXPECT_LT(replicated_s, 1.012 * step_s);

  EXPECT_NEAR(number(runs[1], "time_s"), 600 * replicated_s + 30, 2);
  EXPECT_NEAR(number(runs[1], "recovery_s"), 30, 2);
  EXPECT_EQ(number(runs[1], "lost_steps"), 0);
  EXPECT_EQ(number(runs[1], "failures"), 1);
  EXPECT_NEAR(number(runs[0], "time_s"), 600 * step_s + 7 * 3600 + 390, 2) << "all that was done until then";

  const Table kept = runs_with({"sweep.grid={strategy: [{name: ps-sync, servers: 4}], checkpoint.every: [25, 50]}",
                                "checkpoint={every: 25, bandwidth: 40MB/s}"});
  ASSERT_EQ(kept.size(), 2u);
  // 24 checkpoints, each of which takes 25 s, and so does reading one.
  EXPECT_NEAR(number(kept[0], "time_s"), 600 * step_s + 24 * 25 + 415 + number(kept[0], "lost_s"), 80);
  EXPECT_LT(number(kept[0], "lost_steps"), 25);
  for (const Row& one : kept) EXPECT_GT(number(one, "time_s"), 1.03 * number(runs[1], "time_s"));
}

// The steps before and after, and the two minutes between them, which pay until 200 steps before the end.
TEST(JoiningScenario, PaysAsLongAsHalfOfWhatIsLeftTakesLongerThanTheChange) {
  const Table runs = run_scenario("joining").runs;
  ASSERT_EQ(runs.size(), 6u);
  const auto step_s = [](double workers) {
    return 0.1 * 48 / workers + 2 * (workers - 1) * (50e-6 + 4e6 / workers / 1.25e9);
  };
  const double steps[] = {1000, 100, 500, 750, 850, 950};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double takes_s = i == 0 ? 0 : 120;
    const double expected_s = steps[i] * step_s(4) + takes_s + (1000 - steps[i]) * step_s(8);
    EXPECT_NEAR(number(runs[i], "time_s"), expected_s, 1e-4 * expected_s) << steps[i];
    EXPECT_EQ(number(runs[i], "workers"), i == 0 ? 4 : 8);
  }
  const double alone_s = number(runs[0], "time_s");
  EXPECT_LT(number(runs[3], "time_s"), alone_s - 20) << "250 steps before the end";
  EXPECT_GT(number(runs[4], "time_s"), alone_s + 20) << "150 steps before the end";
}

}  // namespace
}  // namespace tandem
