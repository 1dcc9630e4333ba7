// The rule of stale-synchronous training, by itself.
#include "algorithms/exchanges/worker_clocks.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using Ranks = std::vector<int>;

TEST(WorkerClocks, WithoutSlackNobodyWaits) {
  WorkerClocks clocks(3, std::nullopt);
  for (int step = 0; step < 5; ++step) {
    clocks.end_step(1, false);
    EXPECT_EQ(clocks.release(), Ranks{1});
  }
  EXPECT_EQ(clocks.clock(1), 5U);
  EXPECT_EQ(clocks.clock(0), 0U);
}

TEST(WorkerClocks, SlackZeroReleasesAllAtOnce) {
  WorkerClocks clocks(3, 0);
  clocks.end_step(2, false);
  EXPECT_EQ(clocks.release(), Ranks{});
  clocks.end_step(0, false);
  EXPECT_EQ(clocks.release(), Ranks{});
  clocks.end_step(1, false);
  EXPECT_EQ(clocks.release(), (Ranks{0, 1, 2}));
  EXPECT_EQ(clocks.release(), Ranks{});
}

TEST(WorkerClocks, SlackLetsAWorkerRunThatFarAhead) {
  WorkerClocks clocks(2, 2);
  clocks.end_step(0, false);
  EXPECT_EQ(clocks.release(), Ranks{0});
  clocks.end_step(0, false);
  EXPECT_EQ(clocks.release(), Ranks{0});
  clocks.end_step(0, false);  // 3 ended, the other none: it would begin a fourth
  EXPECT_EQ(clocks.release(), Ranks{});
  clocks.end_step(1, false);
  EXPECT_EQ(clocks.release(), (Ranks{0, 1}));
}

TEST(WorkerClocks, WhoHasEndedHoldsNobodyBack) {
  WorkerClocks clocks(2, 1);
  clocks.end_step(1, true);
  EXPECT_EQ(clocks.release(), Ranks{1});
  for (int step = 0; step < 4; ++step) {
    clocks.end_step(0, step == 3);
    EXPECT_EQ(clocks.release(), Ranks{0});
  }
  EXPECT_TRUE(clocks.all_have_ended());
}

}  // namespace
}  // namespace tandem
