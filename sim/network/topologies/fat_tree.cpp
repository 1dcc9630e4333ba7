// A fat tree of switches with k ports (Al-Fares et al., "A scalable, commodity data center network architecture",
// SIGCOMM 2008): k pods of k/2 edge and k/2 aggregation switches, (k/2)^2 core switches, k^3/4 hosts, all links alike.
// The way up is chosen by the target, so that messages to different hosts spread: the aggregation switch by the host's
// place at its edge switch, the core switch by the edge switch's place in its pod.
#include <fmt/format.h>

#include "core/errors.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct FatTreeOptions {
  int switch_ports = 4;
};

Mapping<FatTreeOptions> keys() {
  return Mapping<FatTreeOptions>()
      .key("switch_ports", &FatTreeOptions::switch_ports, whole<int>(between(2, 128)), "k, an even number: k^3/4 hosts")
      .required();
}

class FatTree : public Fabric {
 public:
  FatTree(const NodeBandwidths& bandwidths, double switch_bandwidth_bytes_per_s, int switch_ports)
      : half_(static_cast<std::size_t>(switch_ports) / 2) {
    add_node_cables(bandwidths);
    const std::size_t pods = (bandwidths.size() + half_ * half_ - 1) / (half_ * half_);
    first_edge_ = links().size();
    for (std::size_t i = 0; i < pods * half_ * half_; ++i)
      add_cable(fmt::format("edge-{}", i), switch_bandwidth_bytes_per_s);
    first_core_ = links().size();
    for (std::size_t i = 0; i < pods * half_ * half_; ++i)
      add_cable(fmt::format("core-{}", i), switch_bandwidth_bytes_per_s);
  }

  int route(int from, int to, std::vector<std::size_t>& links) const override {
    const Place source(from, half_), target(to, half_);
    const auto edge = [&](const Place& place) {
      return first_edge_ + 2 * ((place.pod * half_ + place.edge) * half_ + target.port);
    };
    const auto core = [&](const Place& place) {
      return first_core_ + 2 * ((place.pod * half_ + target.port) * half_ + target.edge);
    };
    const bool same_pod = source.pod == target.pod, same_edge = same_pod && source.edge == target.edge;
    links.push_back(2 * static_cast<std::size_t>(from));
    if (!same_edge) links.push_back(edge(source));
    if (!same_pod) {
      links.push_back(core(source));
      links.push_back(core(target) + 1);
    }
    if (!same_edge) links.push_back(edge(target) + 1);
    links.push_back(2 * static_cast<std::size_t>(to) + 1);
    return static_cast<int>(links.size()) - 2;
  }

  int most_hops() const override { return 4; }

 private:
  struct Place {
    Place(int node, std::size_t half)
        : pod(static_cast<std::size_t>(node) / (half * half)),
          edge(static_cast<std::size_t>(node) / half % half),
          port(static_cast<std::size_t>(node) % half) {}
    std::size_t pod, edge, port;
  };

  std::size_t half_;
  std::size_t first_edge_ = 0, first_core_ = 0;
};

std::unique_ptr<Fabric> make(const Network& network, const NodeBandwidths& bandwidths, const FatTreeOptions& options) {
  const int k = options.switch_ports;
  if (k % 2 != 0) throw UsageError(fmt::format("a fat tree of switches with {} ports; their number must be even", k));
  const long most = static_cast<long>(k) * k * k / 4;
  if (bandwidths.size() > static_cast<std::size_t>(most)) {
    throw UsageError(
        fmt::format("a fat tree of switches with {} ports has {} hosts, not {}", k, most, bandwidths.size()));
  }
  return std::make_unique<FatTree>(bandwidths, network.bandwidth_bytes_per_s, k);
}

}  // namespace

Topology fat_tree() { return make_topology("fat-tree", "three tiers of equal switches (Al-Fares 2008)", keys(), make); }

}  // namespace tandem::sim
