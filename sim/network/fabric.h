// The network between nodes: which links a message passes. Pure arithmetic, so that routes need no memory: they are
// worked out when they are asked for. One topology a file, in sim/network/fabrics.
#pragma once

#include <cstddef>
#include <memory>
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

class Fabric {
 public:
  virtual ~Fabric() = default;
  const std::vector<DirectedLink>& links() const { return links_; }

  /// Appends the links from one node to another. Returns how many of them join two switches beyond the first: each
  /// adds the network's hop latency.
  virtual int route(int from, int to, std::vector<std::size_t>& links) const = 0;
  /// Latency beyond that of the network and its hops.
  virtual double extra_latency_s(int, int) const { return 0; }
  /// The largest value that route returns.
  virtual int most_hops() const = 0;
  /// The borders where the network may be narrow, besides those around each node.
  virtual std::vector<Cut> cuts() const { return {}; }
  /// Whether links 2n and 2n + 1 are those that join node n alone, out and in.
  virtual bool nodes_have_links() const { return true; }
  /// Out of each node, over all its links.
  virtual double node_bandwidth_bytes_per_s(int node) const = 0;

 protected:
  std::size_t add_link(std::string name, double bandwidth_bytes_per_s) {
    links_.push_back({std::move(name), bandwidth_bytes_per_s});
    return links_.size() - 1;
  }

 private:
  std::vector<DirectedLink> links_;
};

/// Of each node's link, each way, in bytes a second.
using NodeBandwidths = std::vector<double>;

/// Throws UsageError where the network cannot join so many nodes.
std::unique_ptr<Fabric> make_star(const Network& network, const NodeBandwidths& bandwidths);
std::unique_ptr<Fabric> make_two_tier(const Network& network, const NodeBandwidths& bandwidths);
std::unique_ptr<Fabric> make_sites(const Network& network, const NodeBandwidths& bandwidths);
std::unique_ptr<Fabric> make_fat_tree(const Network& network, const NodeBandwidths& bandwidths);
std::unique_ptr<Fabric> make_torus(const Network& network, const NodeBandwidths& bandwidths);

}  // namespace tandem::sim
