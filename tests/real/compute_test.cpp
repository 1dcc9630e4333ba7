// Slowdowns of real hosts against their closed form, and what becomes of sleeps that end late. That a computation then
// lasts as long is in tests/contract.
#include "real/compute.h"

#include <gtest/gtest.h>

#include "tests/algorithms/local_endpoint.h"

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

// A clock that moves when a body runs or a sleep ends: sleeps end late.
class LateSleeper : public LocalEndpoint {
 public:
  explicit LateSleeper(double late_s) : late_s_(late_s) {}
  double now() override { return now_s; }
  void sleep_until(double time_s) override { now_s = time_s + late_s_; }

  double now_s = 0;

 private:
  double late_s_;
};

Cluster emulated(double speed_flops_per_s) {
  Cluster cluster;
  cluster.speed_flops_per_s = speed_flops_per_s;
  cluster.emulate_speed = true;
  return cluster;
}

TEST(EmulatedHost, SleepsThatEndLateDoNotAddUp) {
  const Cluster cluster = emulated(1);
  for (const double flops : {0.01, 0.4, 2.0}) {
    LateSleeper endpoint(0.5);
    EmulatedHost host(cluster);
    const int computations = 100;
    for (int i = 0; i < computations; ++i) {
      host.compute(endpoint, {.flops = flops}, [&] { endpoint.now_s += 0.001; });
      EXPECT_GE(endpoint.now(), (i + 1) * flops - 1e-12) << "no host is faster than its speed";
    }
    EXPECT_LE(endpoint.now(), computations * flops + 0.5 + 1e-12);
  }
}

TEST(EmulatedHost, TimeBetweenComputationsIsNotTakenForLateness) {
  const Cluster cluster = emulated(1);
  LateSleeper endpoint(0);
  EmulatedHost host(cluster);
  host.compute(endpoint, {.flops = 1}, [] {});
  endpoint.now_s += 7;
  host.compute(endpoint, {.flops = 1}, [] {});
  EXPECT_DOUBLE_EQ(endpoint.now(), 9);
}

}  // namespace
}  // namespace tandem
