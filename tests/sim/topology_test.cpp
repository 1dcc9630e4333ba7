// Routes: every link of a path exists, paths have the length that their topology says, and cuts are what is promised.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "core/errors.h"
#include "sim/network/interconnect.h"
#include "tests/sim/set_topology.h"

namespace tandem::sim {
namespace {

Cluster cluster_of(int workers, const std::string& topology, const std::string& options = "{}") {
  Cluster cluster;
  cluster.workers = workers;
  set_topology(cluster.network, topology, options);
  cluster.network.latency_s = 10;
  cluster.network.hop_latency_s = 1;
  return cluster;
}

TEST(Topology, EveryPathOfEveryTopologyIsMadeOfDistinctLinks) {
  Cluster nodes = cluster_of(17, "star");
  nodes.ranks_per_node = 4;
  for (const Cluster& cluster :
       {nodes, cluster_of(17, "star"), cluster_of(17, "two-tier", "{hosts_per_rack: 4}"),
        cluster_of(17, "sites", "{sites: 3}"), cluster_of(17, "fat-tree", "{switch_ports: 6}"),
        cluster_of(17, "torus", "{dimensions: [3, 2, 5]}"),
        cluster_of(17, "dragonfly", "{hosts_per_router: 2, routers_per_group: 3, global_links: 1}")}) {
    const Interconnect network(cluster, 19);  // two of them servers
    for (int from = 0; from < 19; ++from) {
      for (int to = 0; to < 19; ++to) {
        const Path path = network.path(from, to);
        EXPECT_EQ(path.links.empty(), from == to);
        EXPECT_EQ(std::set<std::size_t>(path.links.begin(), path.links.end()).size(), path.links.size());
        for (const std::size_t link : path.links) ASSERT_LT(link, network.links().size());
      }
    }
  }
}

TEST(Topology, FatTreePathsHaveTwoFourOrSixLinks) {
  const Interconnect network(cluster_of(16, "fat-tree", "{switch_ports: 4}"), 16);
  EXPECT_EQ(network.path(0, 1).links.size(), 2U);
  EXPECT_EQ(network.path(0, 2).links.size(), 4U);
  EXPECT_EQ(network.path(0, 4).links.size(), 6U);
  EXPECT_EQ(network.path(0, 4).latency_s, 14);
  EXPECT_THROW(Interconnect(cluster_of(17, "fat-tree", "{switch_ports: 4}"), 17), UsageError);
  EXPECT_THROW(Interconnect(cluster_of(3, "fat-tree", "{switch_ports: 5}"), 3), UsageError);
}

TEST(Topology, TorusTakesTheShorterWayRound) {
  const Interconnect network(cluster_of(30, "torus", "{dimensions: [5, 2, 3]}"), 30);
  EXPECT_EQ(network.path(0, 2).links.size(), 2U);
  EXPECT_EQ(network.path(0, 3).links.size(), 2U);  // backwards
  EXPECT_EQ(network.path(0, 5).links.size(), 1U);
  EXPECT_EQ(network.path(0, 29).links.size(), 3U);
  EXPECT_EQ(network.path(0, 29).latency_s, 12);
  EXPECT_EQ(network.fabric().node_bandwidth_bytes_per_s(0), 5 * 1.25e9);
  EXPECT_THROW(Interconnect(cluster_of(31, "torus", "{dimensions: [5, 2, 3]}"), 31), UsageError);
}

TEST(Topology, ADragonflyJoinsAnyTwoGroupsByOneCable) {
  constexpr const char* kOptions = "{hosts_per_router: 2, routers_per_group: 4, global_links: 2}";
  const Interconnect network(cluster_of(72, "dragonfly", kOptions), 72);
  // 9 groups of 8 hosts: their cables, 6 inside each group, and one for each of the 36 pairs of groups, two ways each.
  EXPECT_EQ(network.links().size(), 2U * (72 + 9 * 6 + 36));
  EXPECT_EQ(network.path(0, 1).latency_s, 10);
  EXPECT_EQ(network.path(0, 2).latency_s, 11);
  std::map<std::size_t, std::set<int>> senders;  // by link between groups
  for (int from = 0; from < 72; ++from) {
    for (int to = 0; to < 72; ++to) {
      if (from / 8 == to / 8) continue;
      const Path path = network.path(from, to);
      EXPECT_LE(path.latency_s, 13);
      std::vector<std::size_t> global;
      for (const std::size_t link : path.links) {
        if (link >= 2 * (72 + 9 * 6)) global.push_back(link);
      }
      ASSERT_EQ(global.size(), 1U);
      senders[global[0]].insert(100 * (from / 8) + to / 8);
    }
  }
  EXPECT_EQ(senders.size(), 72U);
  for (const auto& [link, pairs] : senders) EXPECT_EQ(pairs.size(), 1U);
  EXPECT_EQ(network.fabric().cuts().size(), 9U);
  EXPECT_EQ(network.fabric().cuts()[8].out_bytes_per_s, 8 * 1.25e9);
  EXPECT_THROW(Interconnect(cluster_of(73, "dragonfly", kOptions), 73), UsageError);
}

TEST(Topology, AServerHasANodeOfItsOwn) {
  Cluster cluster = cluster_of(5, "star");
  cluster.ranks_per_node = 4;
  const Interconnect network(cluster, 7);
  EXPECT_EQ(network.nodes(), 4);
  EXPECT_EQ(network.node_of(3), 0);
  EXPECT_EQ(network.node_of(4), 1);
  EXPECT_EQ(network.node_of(5), 2);
  EXPECT_EQ(network.node_of(6), 3);
}

}  // namespace
}  // namespace tandem::sim
