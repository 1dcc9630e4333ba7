// A fat tree of switches with k ports (Al-Fares et al., "A scalable, commodity data center network architecture",
// SIGCOMM 2008): k pods of k/2 edge and k/2 aggregation switches, (k/2)^2 core switches, k^3/4 hosts, all links alike.
// The way up is chosen by the target, so that messages to different hosts spread: the aggregation switch by the host's
// place at its edge switch, the core switch by the edge switch's place in its pod.
#include <fmt/format.h>

#include "core/errors.h"
#include "sim/network/fabric.h"

namespace tandem::sim {
namespace {

class FatTree : public Fabric {
 public:
  FatTree(const Network& network, const NodeBandwidths& bandwidths)
      : bandwidths_(bandwidths), half_(static_cast<std::size_t>(network.switch_ports) / 2) {
    const std::size_t hosts = bandwidths.size();
    pods_ = (hosts + half_ * half_ - 1) / (half_ * half_);
    const double bandwidth = network.bandwidth_bytes_per_s;
    for (std::size_t host = 0; host < hosts; ++host) add_pair(fmt::format("host-{}", host), bandwidths[host]);
    first_edge_ = links().size();
    for (std::size_t i = 0; i < pods_ * half_ * half_; ++i) add_pair(fmt::format("edge-{}", i), bandwidth);
    first_core_ = links().size();
    for (std::size_t i = 0; i < pods_ * half_ * half_; ++i) add_pair(fmt::format("core-{}", i), bandwidth);
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
  double node_bandwidth_bytes_per_s(int node) const override { return bandwidths_[static_cast<std::size_t>(node)]; }

 private:
  struct Place {
    Place(int node, std::size_t half)
        : pod(static_cast<std::size_t>(node) / (half * half)),
          edge(static_cast<std::size_t>(node) / half % half),
          port(static_cast<std::size_t>(node) % half) {}
    std::size_t pod, edge, port;
  };

  void add_pair(const std::string& name, double bandwidth) {
    add_link(name + "-up", bandwidth);
    add_link(name + "-down", bandwidth);
  }

  NodeBandwidths bandwidths_;
  std::size_t half_, pods_ = 0;
  std::size_t first_edge_ = 0, first_core_ = 0;
};

}  // namespace

std::unique_ptr<Fabric> make_fat_tree(const Network& network, const NodeBandwidths& bandwidths) {
  const int k = network.switch_ports;
  if (k % 2 != 0) throw UsageError(fmt::format("a fat tree of switches with {} ports; their number must be even", k));
  const long most = static_cast<long>(k) * k * k / 4;
  if (bandwidths.size() > static_cast<std::size_t>(most)) {
    throw UsageError(
        fmt::format("a fat tree of switches with {} ports has {} hosts, not {}", k, most, bandwidths.size()));
  }
  return std::make_unique<FatTree>(network, bandwidths);
}

}  // namespace tandem::sim
