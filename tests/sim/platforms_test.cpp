// Simulated platforms against closed forms: one message takes its path's latency + bytes / narrowest link; many that
// cross a cut at once take the cut's bandwidth.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/sim/exact.h"
#include "tests/sim/flows.h"
#include "tests/sim/set_topology.h"

namespace tandem {
namespace {

constexpr std::size_t kMessageCount = 1000003;
constexpr double kHop_s = 7e-6;

double messages_s(double messages = 1) { return messages * kMessageCount * sizeof(float) / kBandwidth_bytes_per_s; }

WorldOptions cluster_of(int ranks, const std::string& topology, const std::string& own_options = "{}") {
  WorldOptions options = small_cluster(ranks);
  set_topology(options.cluster.network, topology, own_options);
  options.cluster.network.hop_latency_s = kHop_s;
  return options;
}

// From each rank of the first half to its partner in the second, all at once.
std::vector<Flow> halves(int ranks) {
  std::vector<Flow> flows;
  for (int rank = 0; rank < ranks / 2; ++rank) flows.push_back({rank, rank + ranks / 2, kMessageCount});
  return flows;
}

WorldOptions two_tier(int ranks, int hosts_per_rack, double oversubscription) {
  return cluster_of(ranks, "two-tier",
                    fmt::format("{{hosts_per_rack: {}, oversubscription: {}}}", hosts_per_rack, oversubscription));
}

class Oversubscription : public ::testing::TestWithParam<double> {};

TEST_P(Oversubscription, DividesWhatCrossesTheRacksUplink) {
  for (const double time : play(two_tier(10, 5, GetParam()), halves(10))) {
    expect_time(time, kLatency_s + 2 * kHop_s + GetParam() * messages_s());
  }
  // A message alone is limited by its host's link, unless the uplink is narrower than that.
  expect_time(play(two_tier(10, 5, GetParam()), {{0, 9, kMessageCount}})[0],
              kLatency_s + 2 * kHop_s + std::max(1.0, GetParam() / 5) * messages_s());
  expect_time(play(two_tier(10, 5, GetParam()), {{0, 4, kMessageCount}})[0], kLatency_s + messages_s());
}

INSTANTIATE_TEST_SUITE_P(Factors, Oversubscription, ::testing::Values(1, 2, 3.5, 10));

TEST(Platforms, RanksOfANodeShareItsCardButNotTheirOwnLinks) {
  WorldOptions options = cluster_of(8, "star");
  options.cluster.ranks_per_node = 4;
  options.cluster.network.intra_node = {5 * kBandwidth_bytes_per_s, 3e-6};
  for (const double time : play(options, halves(8))) expect_time(time, kLatency_s + messages_s(4));
  for (const double time : play(options, {{0, 1, kMessageCount}, {2, 3, kMessageCount}}))
    expect_time(time, 3e-6 + messages_s() / 5);
  // Inside and outside do not disturb each other.
  const std::vector<double> times = play(options, {{0, 1, kMessageCount}, {0, 4, kMessageCount}});
  expect_time(times[0], 3e-6 + messages_s() / 5);
  expect_time(times[2], kLatency_s + messages_s());
}

TEST(Platforms, SitesShareTheirSlowUplinks) {
  const WorldOptions options = cluster_of(6, "sites", "{sites: 2, wan: {bandwidth: 800Mbit/s, latency: 50ms}}");
  for (const double time : play(options, halves(6))) expect_time(time, kLatency_s + 0.05 + 10 * messages_s(3));
  expect_time(play(options, {{0, 2, kMessageCount}})[0], kLatency_s + messages_s());
}

TEST(Platforms, FatTreeHasFullBisectionBandwidth) {
  const WorldOptions options = cluster_of(16, "fat-tree", "{switch_ports: 4}");
  for (const double time : play(options, halves(16))) expect_time(time, kLatency_s + 4 * kHop_s + messages_s());
  // Targets at the same place of their edge switches share the way up: 0 and 1 go to the ports 0 of one pod.
  const std::vector<double> times = play(options, {{0, 4, kMessageCount}, {1, 6, kMessageCount}});
  for (const double time : times) expect_time(time, kLatency_s + 4 * kHop_s + messages_s(2));
}

TEST(Platforms, TorusMessagesCompeteForTheLinksBetween) {
  const WorldOptions options = cluster_of(8, "torus", "{dimensions: [8]}");
  // 0 to 2 and 1 to 3 share the link from 1 to 2.
  for (const double time : play(options, {{0, 2, kMessageCount}, {1, 3, kMessageCount}})) {
    expect_time(time, kLatency_s + kHop_s + messages_s(2));
  }
  // Half round, everyone the same way: each link carries four messages.
  std::vector<Flow> flows;
  for (int rank = 0; rank < 8; ++rank) flows.push_back({rank, (rank + 4) % 8, kMessageCount});
  for (const double time : play(options, flows)) expect_time(time, kLatency_s + 3 * kHop_s + messages_s(4));
}

TEST(Platforms, Torus3dNeighboursAreIndependent) {
  const WorldOptions options = cluster_of(27, "torus", "{dimensions: [3, 3, 3]}");
  std::vector<Flow> flows;
  for (const int neighbour : {1, 2, 3, 6, 9, 18}) flows.push_back({0, neighbour, kMessageCount});
  for (const double time : play(options, flows)) expect_time(time, kLatency_s + messages_s());
}

TEST(Platforms, DragonflyGroupsShareTheCableBetweenThem) {
  const WorldOptions options =
      cluster_of(12, "dragonfly", "{hosts_per_router: 2, routers_per_group: 2, global_links: 1}");
  // All of group 0 to group 1: four messages on one cable. Routers of the cable are 0 of group 0 and 0 of group 1.
  std::vector<Flow> flows;
  for (int rank = 0; rank < 4; ++rank) flows.push_back({rank, rank + 4, kMessageCount});
  const std::vector<double> times = play(options, flows);
  // The cable is busy without a pause from when the first two come, who have it for two hops alone.
  expect_time(times[0], kLatency_s + 3 * kHop_s + 4 * (messages_s() - kHop_s));
  expect_time(times[2 * 3], kLatency_s + kHop_s + messages_s(4));
  // Inside a group, host to host at one router, and over the cable between two.
  expect_time(play(options, {{0, 1, kMessageCount}})[0], kLatency_s + messages_s());
  for (const double time : play(options, {{0, 2, kMessageCount}, {1, 3, kMessageCount}})) {
    expect_time(time, kLatency_s + kHop_s + messages_s(2));
  }
}

TEST(Platforms, WindowOfLv08DependsOnThePathsLatency) {
  WorldOptions options = cluster_of(4, "sites", "{sites: 2, wan: {bandwidth: 8Gbit/s, latency: 50ms}}");
  options.cluster.network.model = {"lv08", 1, 1, false};
  const double window = 4194304 / (2 * (kLatency_s + 0.05));
  expect_time(play(options, {{0, 2, kMessageCount}})[0], kLatency_s + 0.05 + kMessageCount * sizeof(float) / window);
  expect_time(play(options, {{0, 1, kMessageCount}})[0], kLatency_s + messages_s());
}

}  // namespace
}  // namespace tandem
