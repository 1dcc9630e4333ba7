// The network between nodes: which links a message passes. It is pure arithmetic, so that routes need no memory: they
// are worked out when they are asked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/cluster.h"
#include "core/slice.h"

namespace tandem::sim {

/// One direction of a cable.
struct DirectedLink {
  std::string name;
  double bandwidth_bytes_per_s = 0;
};

/// A border around nodes, and what crosses it at most.
struct Cut {
  std::string name;
  Range nodes;
  double out_bytes_per_s = 0;
  double in_bytes_per_s = 0;
};

/// The bandwidth of each node's link, each way, in bytes per second.
using NodeBandwidths = std::vector<double>;

class Fabric {
 public:
  virtual ~Fabric() = default;
  const std::vector<DirectedLink>& links() const { return links_; }

  /// Appends the links from one node to another. Returns how many of them join two switches beyond the first: each
  /// adds the network's hop latency.
  virtual int route(int from, int to, std::vector<std::size_t>& links) const = 0;
  /// The largest value that route returns.
  virtual int most_hops() const = 0;

  /// Latency beyond that of the network and its hops.
  virtual double extra_latency_s(int, int) const { return 0; }
  /// Every value that extra_latency_s returns, besides 0.
  virtual std::vector<double> extra_latencies_s() const { return {}; }

  /// The borders where the network may be narrow, besides those around each node.
  virtual std::vector<Cut> cuts() const { return {}; }
  /// The groups of nodes that the network consists of, hops not counted in the latency; nothing in another form.
  virtual std::optional<Uplinks> uplinks() const { return std::nullopt; }
  /// Whether the network carries whatever the nodes' own links do: no other link is ever the narrowest.
  virtual bool never_blocks() const { return false; }

  /// Whether links 2n and 2n + 1 are those that join node n alone, out and in.
  virtual bool nodes_have_links() const { return true; }
  /// What a node sends at most, over all its links.
  virtual double node_bandwidth_bytes_per_s(int node) const {
    return links_[2 * static_cast<std::size_t>(node)].bandwidth_bytes_per_s;
  }

 protected:
  /// Adds both directions of a cable, NAME-up and NAME-down. Returns the index of the way up; the way down follows it.
  std::size_t add_cable(const std::string& name, double bandwidth_bytes_per_s) {
    links_.push_back({name + "-up", bandwidth_bytes_per_s});
    links_.push_back({name + "-down", bandwidth_bytes_per_s});
    return links_.size() - 2;
  }
  /// Adds the links of all nodes, as nodes_have_links says. They come before all others.
  void add_node_cables(const NodeBandwidths& bandwidths) {
    for (std::size_t node = 0; node < bandwidths.size(); ++node)
      add_cable("host-" + std::to_string(node), bandwidths[node]);
  }

 private:
  std::vector<DirectedLink> links_;
};

}  // namespace tandem::sim
