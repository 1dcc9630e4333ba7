// Slowdowns of real hosts against their closed form. That a computation then lasts as long is in tests/contract.
#include "real/compute.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr int kRank = 1;

Cluster slowed(std::vector<Slowdown> slowdowns) {
  Cluster cluster;
  cluster.slowdowns = std::move(slowdowns);
  return cluster;
}

TEST(SlowedEnd, WithoutSlowdownsIsStartPlusOwnTime) {
  EXPECT_DOUBLE_EQ(slowed_end_s({}, kRank, 3, 2), 5);
  EXPECT_DOUBLE_EQ(slowed_end_s(slowed({{.ranks = 0, .factor = 9}}), kRank, 3, 2), 5) << "another rank's";
}

TEST(SlowedEnd, StretchesOnlyWhatLiesInTheWindow) {
  const Cluster cluster = slowed({{.ranks = kRank, .factor = 4, .from_s = 10, .until_s = 18}});
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 11, 1), 15) << "inside";
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 9, 2), 14) << "1 s before, 1 s of own time inside";
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 14, 3), 20) << "1 s of own time inside, 2 s after";
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 9, 5), 20) << "on both sides";
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 18, 5), 23) << "after";
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 4, 6), 10) << "ends where the window begins";
}

TEST(SlowedEnd, FactorsOfOverlappingWindowsMultiply) {
  const Cluster cluster =
      slowed({{.ranks = kRank, .factor = 2}, {.ranks = kRank, .factor = 3, .from_s = 2, .until_s = 8}});
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 0, 2), 8);
  EXPECT_DOUBLE_EQ(slowed_end_s(cluster, kRank, 0, 3), 10);
}

}  // namespace
}  // namespace tandem
