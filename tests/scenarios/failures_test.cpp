// The claims of the scenarios in which machines fail, hang, or come later.
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
