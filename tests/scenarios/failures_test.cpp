// The claims of the shipped scenarios of hosts that hang and ranks that die.
#include <gtest/gtest.h>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

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

// A worker that is not there makes nobody wait, and takes no part of a server's link. All-reduce takes three seconds to
// replace each of the two, and the 100 and the 200 steps that it had made until then.
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
      EXPECT_LE(number(run, "time_s"), whole_s * (1 + 1e-9));
    }
  }
}

}  // namespace
}  // namespace tandem
