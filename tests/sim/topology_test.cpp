// Routes: every link of a path exists, paths have the length that their topology says, and cuts are what is promised.
#include "sim/network/topology.h"

#include <gtest/gtest.h>

#include <set>

#include "core/errors.h"

namespace tandem::sim {
namespace {

Cluster cluster_of(int workers, const std::string& topology) {
  Cluster cluster;
  cluster.workers = workers;
  cluster.network.topology = topology;
  cluster.network.latency_s = 10;
  cluster.network.hop_latency_s = 1;
  return cluster;
}

Cluster torus(std::vector<int> dimensions, int workers) {
  Cluster cluster = cluster_of(workers, "torus");
  cluster.network.dimensions = std::move(dimensions);
  return cluster;
}

Cluster fat_tree(int ports, int workers) {
  Cluster cluster = cluster_of(workers, "fat-tree");
  cluster.network.switch_ports = ports;
  return cluster;
}

TEST(Topology, EveryPathOfEveryTopologyIsMadeOfDistinctLinks) {
  Cluster racks = cluster_of(17, "two-tier"), sites = cluster_of(17, "sites"), nodes = cluster_of(17, "star");
  racks.network.hosts_per_rack = 4;
  sites.network.sites = 3;
  nodes.ranks_per_node = 4;
  for (const Cluster& cluster : {cluster_of(17, "star"), racks, sites, nodes, fat_tree(6, 17), torus({3, 2, 5}, 17)}) {
    const Topology topology(cluster, 19);  // two of them servers
    for (int from = 0; from < 19; ++from) {
      for (int to = 0; to < 19; ++to) {
        const Path path = topology.path(from, to);
        EXPECT_EQ(path.links.empty(), from == to);
        EXPECT_EQ(std::set<std::size_t>(path.links.begin(), path.links.end()).size(), path.links.size());
        for (const std::size_t link : path.links) ASSERT_LT(link, topology.links().size());
      }
    }
  }
}

TEST(Topology, FatTreePathsHaveTwoFourOrSixLinks) {
  const Topology topology(fat_tree(4, 16), 16);
  EXPECT_EQ(topology.path(0, 1).links.size(), 2U);
  EXPECT_EQ(topology.path(0, 2).links.size(), 4U);
  EXPECT_EQ(topology.path(0, 4).links.size(), 6U);
  EXPECT_EQ(topology.path(0, 4).latency_s, 14);
  EXPECT_THROW(Topology(fat_tree(4, 17), 17), UsageError);
  EXPECT_THROW(Topology(fat_tree(5, 3), 3), UsageError);
}

TEST(Topology, TorusTakesTheShorterWayRound) {
  const Topology topology(torus({5, 2, 3}, 30), 30);
  EXPECT_EQ(topology.path(0, 2).links.size(), 2U);
  EXPECT_EQ(topology.path(0, 3).links.size(), 2U);  // backwards
  EXPECT_EQ(topology.path(0, 5).links.size(), 1U);
  EXPECT_EQ(topology.path(0, 29).links.size(), 3U);
  EXPECT_EQ(topology.path(0, 29).latency_s, 12);
  EXPECT_EQ(topology.fabric().node_bandwidth_bytes_per_s(0), 5 * 1.25e9);
  EXPECT_THROW(Topology(torus({5, 2, 3}, 31), 31), UsageError);
}

TEST(Topology, AServerHasANodeOfItsOwn) {
  Cluster cluster = cluster_of(5, "star");
  cluster.ranks_per_node = 4;
  const Topology topology(cluster, 7);
  EXPECT_EQ(topology.nodes(), 4);
  EXPECT_EQ(topology.node_of(3), 0);
  EXPECT_EQ(topology.node_of(4), 1);
  EXPECT_EQ(topology.node_of(5), 2);
  EXPECT_EQ(topology.node_of(6), 3);
}

}  // namespace
}  // namespace tandem::sim
