// The cluster's network as ranks see it: ranks on nodes, links between the ranks of a node, the fabric between nodes.
#pragma once

#include <memory>
#include <vector>

#include "core/cluster.h"
#include "sim/network/fabric.h"

namespace tandem::sim {

/// What a message passes from one rank to another.
struct Path {
  std::vector<std::size_t> links;  ///< into Topology::links
  double latency_s = 0;            ///< as stated: without the model's factor
};

class Topology {
 public:
  /// Throws UsageError when the cluster does not fit.
  Topology(const Cluster& cluster, int ranks);

  const std::vector<DirectedLink>& links() const { return links_; }
  Path path(int from, int to) const;
  /// Every latency that a path may have.
  std::vector<double> latencies_s() const;

  int nodes() const { return nodes_; }
  int node_of(int rank) const;
  /// Slowdowns of ranks as slowdowns of the nodes that they are on.
  std::vector<Slowdown> of_nodes(const std::vector<Slowdown>& slowdowns) const;
  const Fabric& fabric() const { return *fabric_; }

 private:
  Cluster cluster_;
  int ranks_;
  int nodes_;
  std::unique_ptr<Fabric> fabric_;
  std::vector<DirectedLink> links_;  ///< the fabric's; then, of each rank, the way out to its node and the way in
};

}  // namespace tandem::sim
