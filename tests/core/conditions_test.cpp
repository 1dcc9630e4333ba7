#include "core/conditions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/cluster.h"

namespace tandem {
namespace {

constexpr double kNever_s = std::numeric_limits<double>::infinity();

TEST(RankSet, HasItsRangesAndNothingBetweenTheirSteps) {
  RankSet set(1, 10, 4);
  set.ranges.push_back({20, 20, 1});
  for (const int rank : {1, 5, 9, 20}) EXPECT_TRUE(set.contains(rank)) << rank;
  for (const int rank : {0, 2, 4, 10, 13, 19, 21}) EXPECT_FALSE(set.contains(rank)) << rank;
  EXPECT_EQ(set.lowest(), 1);
  EXPECT_EQ(set.highest(), 20);
  EXPECT_EQ(RankSet(1, 10, 4).highest(), 9) << "10 is between two steps";
  EXPECT_FALSE(RankSet().contains(0));
  EXPECT_EQ(RankSet().highest(), -1);
}

TEST(Pace, ChangesAtTheEdgesOfAWindow) {
  const std::vector<Slowdown> slowdowns = {{.ranks = 1, .factor = 4, .from_s = 10, .until_s = 18}};
  const auto at = [&](double time_s) { return pace_at(slowdowns, 1, time_s); };
  EXPECT_EQ(at(0).factor, 1);
  EXPECT_EQ(at(0).until_s, 10);
  EXPECT_EQ(at(10).factor, 4);
  EXPECT_EQ(at(17).until_s, 18);
  EXPECT_EQ(at(18).factor, 1);
  EXPECT_EQ(at(18).until_s, kNever_s);
  EXPECT_EQ(pace_at(slowdowns, 0, 12).factor, 1) << "another rank's";
}

TEST(Pace, ComesBackEveryPeriod) {
  // Periods that no double holds exactly: walking from edge to edge must end, each edge after the one before.
  for (const double every_s : {0.1, 1.0 / 3, 0.7}) {
    const std::vector<Slowdown> slowdowns = {
        {.ranks = {0, 7}, .factor = 2, .from_s = 0.3, .until_s = 0.3 + every_s / 4, .every_s = every_s}};
    double time_s = 0, slow_s = 0;
    for (int edge = 0; edge < 2001; ++edge) {
      const Pace pace = pace_at(slowdowns, 5, time_s);
      ASSERT_GT(pace.until_s, time_s) << every_s << " edge " << edge;
      ASSERT_EQ(pace.factor, edge % 2 == 0 ? 1 : 2) << every_s << " edge " << edge;
      if (pace.factor == 2) slow_s += pace.until_s - time_s;
      time_s = pace.until_s;
    }
    EXPECT_NEAR(time_s, 0.3 + 1000 * every_s, 1e-9 * time_s);
    EXPECT_NEAR(slow_s, 1000 * every_s / 4, 1e-9 * time_s);
  }
}

TEST(Pace, OverlappingSlowdownsMultiply) {
  const std::vector<Slowdown> slowdowns = {{.factor = 2}, {.factor = 3, .from_s = 2, .until_s = 8}};
  EXPECT_EQ(pace_at(slowdowns, 0, 1).factor, 2);
  EXPECT_EQ(pace_at(slowdowns, 0, 1).until_s, 2);
  EXPECT_EQ(pace_at(slowdowns, 0, 2).factor, 6);
  EXPECT_EQ(pace_at(slowdowns, 0, 8).factor, 2);
}

std::vector<double> draws(const Noise& noise, int ranks, std::uint64_t steps) {
  std::vector<double> values;
  for (int rank = 0; rank < ranks; ++rank) {
    for (std::uint64_t step = 0; step < steps; ++step) values.push_back(noise_s(noise, 42, rank, step));
  }
  return values;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(Noise, HasTheMeanAndTheMedianThatWereAskedFor) {
  constexpr int kRanks = 20;
  constexpr std::uint64_t kSteps = 500;
  EXPECT_EQ(mean(draws({}, 3, 5)), 0);
  EXPECT_DOUBLE_EQ(mean(draws({.kind = NoiseKind::constant, .mean_s = 0.25}, 3, 5)), 0.25);
  // The standard error of 10,000 draws is 1 % of an exponential's mean; these draws are always the same.
  const auto exponential = draws({.kind = NoiseKind::exponential, .mean_s = 5e-3}, kRanks, kSteps);
  EXPECT_NEAR(mean(exponential), 5e-3, 0.03 * 5e-3);
  auto log_normal = draws({.kind = NoiseKind::log_normal, .median_s = 2e-3, .sigma = 0.5}, kRanks, kSteps);
  EXPECT_NEAR(mean(log_normal), 2e-3 * std::exp(0.125), 0.03 * 2e-3);
  std::nth_element(log_normal.begin(), log_normal.begin() + 5000, log_normal.end());
  EXPECT_NEAR(log_normal[5000], 2e-3, 0.03 * 2e-3);
}

TEST(Noise, OfARecordIsItsValuesWithEqualChances) {
  const auto values = draws({.kind = NoiseKind::recorded, .recorded_s = {1, 2, 4}}, 10, 300);
  for (const double value : {1, 2, 4}) {
    const auto share = static_cast<double>(std::count(values.begin(), values.end(), value)) / 3000;
    EXPECT_NEAR(share, 1.0 / 3, 0.04) << value;
  }
  EXPECT_EQ(noise_s({.kind = NoiseKind::recorded}, 1, 0, 0), 0);
}

TEST(Noise, DependsOnSeedRankAndStepAlone) {
  const Noise noise{.kind = NoiseKind::exponential, .mean_s = 1};
  EXPECT_EQ(noise_s(noise, 1, 2, 3), noise_s(noise, 1, 2, 3));
  EXPECT_NE(noise_s(noise, 1, 2, 3), noise_s(noise, 2, 2, 3));
  EXPECT_NE(noise_s(noise, 1, 2, 3), noise_s(noise, 1, 3, 3));
  EXPECT_NE(noise_s(noise, 1, 2, 3), noise_s(noise, 1, 2, 4));
}

TEST(Hosts, AreAsEverywhereUnlessTheirGroupSaysOtherwise) {
  Cluster cluster{.workers = 4, .speed_flops_per_s = 8e9};
  cluster.network.bandwidth_bytes_per_s = 1e9;
  cluster.hosts = {{.workers = {0, 2}, .speed_flops_per_s = 4e9, .bandwidth_bytes_per_s = 5e8},
                   {.workers = 2, .speed_flops_per_s = 2e9},
                   {.servers = 1, .memory_bandwidth_bytes_per_s = 3e9}};
  const std::vector<double> speeds = {4e9, 4e9, 2e9, 8e9, 8e9, 8e9};
  const std::vector<double> bandwidths = {5e8, 5e8, 5e8, 1e9, 1e9, 1e9};
  for (int rank = 0; rank < 6; ++rank) {
    EXPECT_EQ(cluster.speed_of(rank), speeds[static_cast<std::size_t>(rank)]) << rank;
    EXPECT_EQ(cluster.bandwidth_of(rank), bandwidths[static_cast<std::size_t>(rank)]) << rank;
    EXPECT_EQ(cluster.memory_bandwidth_of(rank).has_value(), rank == 5) << rank;
  }
  EXPECT_EQ(cluster.speed_of_workers(), 18e9);
  EXPECT_DOUBLE_EQ(cluster.seconds_of({.flops = 8e9, .memory_bytes = 6e9, .delay_s = 0.5}, 5), 1 + 2 + 0.5);
  EXPECT_DOUBLE_EQ(cluster.seconds_of({.flops = 8e9, .memory_bytes = 6e9}, 2), 4) << "memory is free";
}

}  // namespace
}  // namespace tandem
