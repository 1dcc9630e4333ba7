#include "sim/network/topology.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"

namespace tandem::sim {
namespace {

int node_of(const Cluster& cluster, int rank) {
  if (rank < cluster.workers) return rank / cluster.ranks_per_node;
  return (cluster.workers + cluster.ranks_per_node - 1) / cluster.ranks_per_node + rank - cluster.workers;
}

NodeBandwidths node_bandwidths(const Cluster& cluster, int ranks) {
  NodeBandwidths bandwidths;
  for (int rank = 0; rank < ranks; ++rank) {
    const double bandwidth = cluster.bandwidth_of(rank);
    if (static_cast<std::size_t>(node_of(cluster, rank)) == bandwidths.size()) bandwidths.push_back(bandwidth);
    if (bandwidths.back() == bandwidth) continue;
    throw UsageError(fmt::format("workers {} and {} share a node's link; give them one bandwidth", rank - 1, rank));
  }
  return bandwidths;
}

std::unique_ptr<Fabric> make_fabric(const Network& network, const NodeBandwidths& bandwidths) {
  if (network.topology == "star") return make_star(network, bandwidths);
  if (network.topology == "two-tier") return make_two_tier(network, bandwidths);
  if (network.topology == "fat-tree") return make_fat_tree(network, bandwidths);
  if (network.topology == "torus") return make_torus(network, bandwidths);
  if (network.topology == "sites") return make_sites(network, bandwidths);
  throw UsageError(fmt::format("there is no network topology '{}'; allowed: star, two-tier, fat-tree, torus, sites",
                               network.topology));
}

}  // namespace

Topology::Topology(const Cluster& cluster, int ranks)
    : cluster_(cluster),
      ranks_(ranks),
      nodes_(sim::node_of(cluster, ranks - 1) + 1),
      fabric_(make_fabric(cluster.network, node_bandwidths(cluster, ranks))),
      links_(fabric_->links()) {
  if (cluster.ranks_per_node == 1) return;
  for (int rank = 0; rank < ranks; ++rank) {
    links_.push_back({fmt::format("rank-{}-out", rank), cluster.network.intra_node.bandwidth_bytes_per_s});
    links_.push_back({fmt::format("rank-{}-in", rank), cluster.network.intra_node.bandwidth_bytes_per_s});
  }
}

int Topology::node_of(int rank) const { return sim::node_of(cluster_, rank); }

std::vector<Slowdown> Topology::of_nodes(const std::vector<Slowdown>& slowdowns) const {
  std::vector<Slowdown> of_nodes = slowdowns;
  for (Slowdown& slowdown : of_nodes) {
    RankSet nodes;
    for (int rank = 0; rank < ranks_; ++rank) {
      const int node = node_of(rank);
      if (slowdown.ranks.contains(rank) && !nodes.contains(node)) nodes.ranges.push_back({node, node, 1});
    }
    slowdown.ranks = nodes;
  }
  return of_nodes;
}

Path Topology::path(int from, int to) const {
  const int source = node_of(from), target = node_of(to);
  const Network& network = cluster_.network;
  Path path;
  if (from == to) return path;
  if (source == target) {
    const std::size_t first = fabric_->links().size();
    path.links = {first + 2 * static_cast<std::size_t>(from), first + 2 * static_cast<std::size_t>(to) + 1};
    path.latency_s = network.intra_node.latency_s;
    return path;
  }
  const int hops = fabric_->route(source, target, path.links);
  path.latency_s = network.latency_s + hops * network.hop_latency_s + fabric_->extra_latency_s(source, target);
  return path;
}

std::vector<double> Topology::latencies_s() const {
  const Network& network = cluster_.network;
  std::vector<double> latencies;
  for (int hops = 0; hops <= fabric_->most_hops(); ++hops) {
    latencies.push_back(network.latency_s + hops * network.hop_latency_s);
  }
  if (network.topology == "sites") latencies.push_back(network.latency_s + network.wan.latency_s);
  if (cluster_.ranks_per_node > 1) latencies.push_back(network.intra_node.latency_s);
  std::sort(latencies.begin(), latencies.end());
  latencies.erase(std::unique(latencies.begin(), latencies.end()), latencies.end());
  return latencies;
}

}  // namespace tandem::sim
