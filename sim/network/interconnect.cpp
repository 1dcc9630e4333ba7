#include "sim/network/interconnect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/counted.h"
#include "core/errors.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

std::unique_ptr<Fabric> make_fabric(const Network& network, const NodeBandwidths& bandwidths) {
  if (const Topology* topology = topologies().find(network.topology)) return topology->make(network, bandwidths);
  throw UsageError(fmt::format("there is no network topology '{}'; allowed: {}", network.topology,
                               fmt::join(topologies().names(), ", ")));
}

}  // namespace

Interconnect::Interconnect(const Cluster& cluster, int ranks)
    : ranks_(ranks),
      nodes_(cluster.nodes()),
      latency_s_(cluster.network.latency_s),
      hop_latency_s_(cluster.network.hop_latency_s),
      intra_node_(cluster.network.intra_node),
      bandwidth_factor_(cluster.network.model.bandwidth_factor),
      fabric_(make_fabric(cluster.network, node_bandwidths(cluster))),
      links_(fabric_->links()) {
  if (nodes_.ranks_per_node == 1) return;
  for (int rank = 0; rank < ranks; ++rank) {
    links_.push_back({fmt::format("rank-{}-out", rank), intra_node_.bandwidth_bytes_per_s});
    links_.push_back({fmt::format("rank-{}-in", rank), intra_node_.bandwidth_bytes_per_s});
  }
}

double Interconnect::bandwidth_of_rank_bytes_per_s(int rank) const {
  double bandwidth = fabric_->node_bandwidth_bytes_per_s(node_of(rank));
  if (shares_its_node(rank)) bandwidth += intra_node_.bandwidth_bytes_per_s;
  return bandwidth * bandwidth_factor_;
}

bool Interconnect::shares_its_node(int rank) const {
  const int node = node_of(rank);
  return (rank > 0 && node_of(rank - 1) == node) || (rank + 1 < ranks_ && node_of(rank + 1) == node);
}

std::vector<Cut> Interconnect::cuts() const {
  std::vector<Cut> cuts = fabric_->cuts();
  int last_node = -1;
  for (int rank = 0; rank < ranks_; ++rank) {
    const auto node = static_cast<std::size_t>(node_of(rank));
    if (node_of(rank) == std::exchange(last_node, node_of(rank)) || !shares_its_node(rank)) continue;
    const double bandwidth = fabric_->node_bandwidth_bytes_per_s(node_of(rank));
    cuts.push_back({fmt::format("node {}", node), {node, node + 1}, bandwidth, bandwidth});
  }
  return cuts;
}

std::optional<Uplinks> Interconnect::uplinks() const {
  std::optional<Uplinks> uplinks = fabric_->uplinks();
  if (uplinks) uplinks->uplink.latency_s += fabric_->most_hops() * hop_latency_s_;
  return uplinks;
}

NodeBandwidths Interconnect::node_bandwidths(const Cluster& cluster) const {
  NodeBandwidths bandwidths;
  for (int rank = 0; rank < ranks_; ++rank) {
    const double bandwidth = cluster.bandwidth_of(rank);
    if (static_cast<std::size_t>(node_of(rank)) == bandwidths.size()) bandwidths.push_back(bandwidth);
    if (bandwidths.back() == bandwidth) continue;
    throw UsageError(fmt::format("workers {} and {} share a node's link; give them one bandwidth", rank - 1, rank));
  }
  return bandwidths;
}

std::vector<Slowdown> Interconnect::slowdowns_of_nodes(const std::vector<Slowdown>& slowdowns) const {
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

Path Interconnect::path(int from, int to) const {
  const int source = node_of(from), target = node_of(to);
  Path path;
  if (from == to) return path;
  if (source == target) {
    const std::size_t first = fabric_->links().size();
    path.links = {first + 2 * static_cast<std::size_t>(from), first + 2 * static_cast<std::size_t>(to) + 1};
    path.latency_s = intra_node_.latency_s;
    return path;
  }
  const int hops = fabric_->route(source, target, path.links);
  path.latency_s = latency_s_ + hops * hop_latency_s_ + fabric_->extra_latency_s(source, target);
  return path;
}

std::vector<double> Interconnect::latencies_s() const {
  std::vector<double> extra_s = fabric_->extra_latencies_s();
  extra_s.push_back(0);
  std::vector<double> latencies;
  for (int hops = 0; hops <= fabric_->most_hops(); ++hops) {
    for (const double extra : extra_s) latencies.push_back(latency_s_ + hops * hop_latency_s_ + extra);
  }
  if (nodes_.ranks_per_node > 1) latencies.push_back(intra_node_.latency_s);
  std::sort(latencies.begin(), latencies.end());
  latencies.erase(std::unique(latencies.begin(), latencies.end()), latencies.end());
  return latencies;
}

std::shared_ptr<const Interconnect> make_interconnect(const Cluster& cluster, int ranks) {
  if (cluster.platform.empty()) return std::make_shared<const Interconnect>(cluster, ranks);
  const std::size_t hosts = cluster.platform_hosts.size();
  if (static_cast<std::size_t>(ranks) <= hosts) return nullptr;
  throw UsageError(fmt::format("{} has {}, but there are {} ranks, of which each needs one", cluster.platform,
                               counted(static_cast<std::int64_t>(hosts), "host"), ranks));
}

}  // namespace tandem::sim
