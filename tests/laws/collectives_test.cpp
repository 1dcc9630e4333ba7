// Every collective: the sum, the same bits on every rank, the closed form of its traffic, and its alpha-beta time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "algorithms/collectives/pick.h"
#include "algorithms/strategies/strategy.h"
#include "tests/laws/closed_form.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const Collective& collective : all_collectives()) {
    if (collective.all_reduce) all.emplace_back(collective.name);
  }
  return all;
}

std::string test_name(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

// The sum itself is held to the oracle: training with the collective takes the steps of one worker. The runner compares
// every rank's replica bit by bit, and every rank's traffic with the closed form.
class AnyCollective : public testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(AnyCollective, SumsAlikeInEveryWorld) {
  const auto& [name, workers] = GetParam();
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  std::string digest;
  for (const std::string& world : worlds_for(workers)) {
    Scenario scenario = small_mlp("allreduce", workers, world);
    scenario.cluster.ranks_per_node = workers > 4 ? 4 : 2;
    scenario.strategy = parse_strategy("{name: allreduce, collective: " + std::string(name) + "}");
    const RunResult result = run(scenario);
    ASSERT_EQ(result.parameters.size(), oracle.parameters.size());
    EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5) << world;
    if (digest.empty()) digest = result.parameters_sha256;
    EXPECT_EQ(result.parameters_sha256, digest) << world;
  }
}

INSTANTIATE_TEST_SUITE_P(Collectives, AnyCollective,
                         testing::Combine(testing::ValuesIn(names()), testing::Values(1, 2, 3, 5, 6, 8, 11, 16)),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param)) + "_" + std::to_string(std::get<1>(test.param));
                         });

TEST(CollectiveTraffic, OfPowersOfTwo) {
  constexpr std::size_t kCount = 1024;
  const Collective& doubling = collective_named("recursive-doubling");
  const Collective& halving = collective_named("halving-doubling");
  for (const int log2n : {0, 1, 3, 5}) {
    const int n = 1 << log2n;
    const auto rounds = static_cast<std::uint64_t>(log2n);
    for (const int rank : {0, n - 1}) {
      EXPECT_EQ(doubling.all_reduce.traffic({.size = n, .count = kCount}, rank).messages_sent, rounds);
      EXPECT_EQ(doubling.all_reduce.traffic({.size = n, .count = kCount}, rank).bytes_sent, rounds * kCount * 4);
      EXPECT_EQ(halving.all_reduce.traffic({.size = n, .count = kCount}, rank).messages_sent, 2 * rounds);
      EXPECT_EQ(halving.all_reduce.traffic({.size = n, .count = kCount}, rank).bytes_sent,
                2 * (n - 1) * (kCount * 4 / n));
    }
  }
}

// On a network where a latency is worth the bytes that `auto` goes by, and adding costs what it takes it to cost.
class AutoPicks : public testing::TestWithParam<int> {};

TEST_P(AutoPicks, NoMuchSlowerThanTheBest) {
  const int n = GetParam();
  for (const std::size_t count : {1UL, 1'009UL, 8'191UL, 65'537UL, 1'048'576UL, 16'777'216UL}) {
    std::map<std::string, double> step_s;
    for (const char* name : {"ring", "halving-doubling", "recursive-doubling", "auto"}) {
      Scenario scenario = phantom("allreduce", n, count, 1, 0);
      Cluster& cluster = scenario.cluster;
      cluster.network.latency_s = kBytesPerLatency / cluster.network.bandwidth_bytes_per_s;
      cluster.memory_bandwidth_bytes_per_s = 3 * cluster.network.bandwidth_bytes_per_s / kSumPerByte;
      scenario.strategy = parse_strategy("{name: allreduce, collective: " + std::string(name) + "}");
      step_s[name] = run(scenario).step_s;
    }
    const double best_s = std::min({step_s["ring"], step_s["halving-doubling"], step_s["recursive-doubling"]});
    // What the ring is given, and what chunks and halves that are not equal add to the formulas.
    EXPECT_LE(step_s["auto"], best_s / (1 - kRingBonus) * 1.01) << count << " values on " << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Ranks, AutoPicks, testing::Values(1, 2, 3, 4, 6, 7, 16, 33));

TEST(AutoPicks, FewStepsForSmallVectorsAndTheRingForLargeOnes) {
  const auto pick = [](int size, std::size_t bytes) {
    return pick_all_reduce({.size = size, .count = bytes / sizeof(float)}).name;
  };
  for (const int size : {2, 4, 8, 64}) {
    EXPECT_EQ(pick(size, 4), "recursive-doubling") << size;
    EXPECT_EQ(pick(size, 1U << 30), "ring") << size;
  }
  EXPECT_EQ(pick(64, 1U << 20), "halving-doubling");
}

TEST(AutoPicks, AreInTheRunsRecordBucketByBucket) {
  Scenario scenario = small_mlp("allreduce", 3, "threads");
  EXPECT_EQ(run(scenario).picks, "");
  scenario.strategy = parse_strategy("{name: allreduce, collective: auto}");
  EXPECT_EQ(run(scenario).picks, "recursive-doubling for 3.18kB");
}

class CollectiveTime : public testing::TestWithParam<int> {};

TEST_P(CollectiveTime, OfPowersOfTwo) {
  const int n = GetParam();
  Scenario scenario = phantom("allreduce", n, 1 << 22, 1, 1e6);
  const Network& network = scenario.cluster.network;
  const double bytes = std::pow(2.0, 22) * 4, rounds = std::log2(n);
  const double compute_s = 8 * 1e6 / scenario.cluster.speed_flops_per_s;

  scenario.strategy = parse_strategy("{name: allreduce, collective: recursive-doubling}");
  const double doubling_s = rounds * (network.latency_s + bytes / network.bandwidth_bytes_per_s);
  expect_close(run(scenario).step_s, compute_s + doubling_s);

  scenario.strategy = parse_strategy("{name: allreduce, collective: halving-doubling}");
  const double halving_s = 2 * (rounds * network.latency_s + (n - 1.0) / n * bytes / network.bandwidth_bytes_per_s);
  expect_close(run(scenario).step_s, compute_s + halving_s);
}

INSTANTIATE_TEST_SUITE_P(Ranks, CollectiveTime, testing::Values(2, 4, 16, 64));

}  // namespace
}  // namespace tandem::laws
