// The cluster's network as ranks see it: ranks on nodes, links between the ranks of a node, the fabric between nodes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/cluster.h"
#include "sim/network/fabric.h"

namespace tandem::sim {

/// What a message passes from one rank to another.
struct Path {
  std::vector<std::size_t> links;  ///< into Interconnect::links
  double latency_s = 0;            ///< as stated: without the model's factor
};

class Interconnect {
 public:
  /// Throws UsageError when the cluster does not fit.
  Interconnect(const Cluster& cluster, int ranks);

  const std::vector<DirectedLink>& links() const { return links_; }
  Path path(int from, int to) const;
  /// Every latency that a path may have.
  std::vector<double> latencies_s() const;

  int nodes() const { return node_of(ranks_ - 1) + 1; }
  int node_of(int rank) const { return nodes_.of(rank); }
  /// What all links of a rank together carry, each way, by the network model's factor: those inside its node, too,
  /// where it has one in common with others.
  double bandwidth_of_rank_bytes_per_s(int rank) const;
  /// Slowdowns of ranks as slowdowns of the nodes that they are on.
  std::vector<Slowdown> slowdowns_of_nodes(const std::vector<Slowdown>& slowdowns) const;
  /// What emulated links can be joined to: groups of hosts with one rank each. Nothing in another form.
  std::optional<Uplinks> uplinks() const;
  const Fabric& fabric() const { return *fabric_; }
  /// The fabric's borders, and those around nodes that several ranks share: their cards.
  std::vector<Cut> cuts() const;

 private:
  NodeBandwidths node_bandwidths(const Cluster& cluster) const;
  bool shares_its_node(int rank) const;

  int ranks_;
  Nodes nodes_;
  double latency_s_, hop_latency_s_;
  LinkSpec intra_node_;
  double bandwidth_factor_;  ///< the network model's
  std::unique_ptr<Fabric> fabric_;
  std::vector<DirectedLink> links_;  ///< the fabric's; then, for each rank, the way out to its node and the way in
};

/// The links that join so many ranks; null for a platform file, which states its own. Throws UsageError when the ranks
/// do not fit the cluster: its network, or its platform file.
std::shared_ptr<const Interconnect> make_interconnect(const Cluster& cluster, int ranks);

}  // namespace tandem::sim
