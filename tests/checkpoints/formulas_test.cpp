// Young's and Daly's intervals, and the costs that a journal comes to.
#include <gtest/gtest.h>

#include "app/run/young_daly.h"
#include "app/store/journal.h"

namespace tandem {
namespace {

struct Setting {
  double checkpoint_s, mtbf_s, restart_s;
  double young_s, daly_s, slowdown_at_young, slowdown_at_daly;
};

TEST(YoungDaly, HaveTheirPublishedValues) {
  for (const Setting& s :
       {Setting{60, 3600, 60, 657.3, 617.9, 1.2279, 1.2275}, Setting{300, 86400, 300, 7200.0, 7001.4, 1.0920, 1.0920},
        Setting{600, 10800, 600, 3600.0, 3211.1, 1.5075, 1.5045}}) {
    const double young_s = young_interval_s(s.checkpoint_s, s.mtbf_s);
    const double daly_s = daly_interval_s(s.checkpoint_s, s.mtbf_s);
    EXPECT_NEAR(young_s, s.young_s, 0.05);
    EXPECT_NEAR(daly_s, s.daly_s, 0.05);
    EXPECT_NEAR(expected_slowdown(young_s, s.checkpoint_s, s.mtbf_s, s.restart_s), s.slowdown_at_young, 5e-5);
    EXPECT_NEAR(expected_slowdown(daly_s, s.checkpoint_s, s.mtbf_s, s.restart_s), s.slowdown_at_daly, 5e-5);
  }
}

TEST(YoungDaly, NoIntervalIsMuchBetterThanDalys) {
  const double best_s = daly_interval_s(60, 3600);
  for (const double factor : {0.25, 0.5, 0.8, 1.25, 2.0, 4.0}) {
    EXPECT_GT(expected_slowdown(factor * best_s, 60, 3600, 60), 0.9995 * expected_slowdown(best_s, 60, 3600, 60));
  }
}

TEST(YoungDaly, CheckpointsThatTakeLongerThanTheTimeBetweenFailures) {
  EXPECT_EQ(daly_interval_s(200, 100), 100);
  EXPECT_EQ(daly_interval_s(500, 100), 100);
  EXPECT_GT(daly_interval_s(199, 100), 0);
}

TEST(Journal, TimeIsUsefulLostForCheckpointsOrForRecovery) {
  using Kind = JournalEntry::Kind;
  const std::vector<JournalEntry> entries = {
      {.kind = Kind::began, .time_s = 0},
      {.kind = Kind::checkpoint, .time_s = 11, .step = 10, .blocked_s = 1, .bytes = 40},
      {.kind = Kind::failure, .time_s = 17, .step = 15},  // 6 s and 5 steps are lost
      {.kind = Kind::noticed, .time_s = 18},
      {.kind = Kind::failure, .time_s = 19, .step = 0},  // while it recovers: nothing more is lost
      {.kind = Kind::noticed, .time_s = 20},
      {.kind = Kind::began, .time_s = 24, .step = 10},
      {.kind = Kind::checkpoint, .time_s = 35, .step = 20, .blocked_s = 1, .bytes = 40}};
  RunResult result{.time_s = 35};
  add_costs(entries, result);
  EXPECT_EQ(result.checkpoints, 2);
  EXPECT_EQ(result.checkpoint_bytes, 80);
  EXPECT_EQ(result.checkpoint_s, 2);
  EXPECT_EQ(result.failures, 2);
  EXPECT_EQ(result.lost_steps, 5);
  EXPECT_EQ(result.lost_s, 6);
  EXPECT_EQ(result.detect_s, 2);
  EXPECT_EQ(result.recovery_s, 7);
  EXPECT_EQ(result.useful_s, 20);
  EXPECT_DOUBLE_EQ(result.goodput, 20.0 / 35);
}

}  // namespace
}  // namespace tandem
