// A torus: each node is joined to two neighbours in each dimension, the last to the first. Messages go the shorter way
// round, one dimension after the other (the higher numbers on a tie), through the nodes between, which cost nothing but
// their links.
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct TorusOptions {
  std::vector<int> dimensions;
};

Mapping<TorusOptions> keys() {
  return Mapping<TorusOptions>()
      .key("dimensions", &TorusOptions::dimensions,
           unless_empty(list_of(whole<int>(between(1, kMostRanks)), between(1, 6))), "nodes in each dimension")
      .required();
}

class Torus : public Fabric {
 public:
  Torus(std::vector<int> dimensions, double bandwidth_bytes_per_s)
      : dimensions_(std::move(dimensions)), bandwidth_bytes_per_s_(bandwidth_bytes_per_s) {
    int nodes = 1;
    for (const int size : dimensions_) nodes *= size;
    for (int node = 0; node < nodes; ++node) {
      for (std::size_t d = 0; d < dimensions_.size(); ++d) {
        add_cable(fmt::format("node-{}-dimension-{}", node, d), bandwidth_bytes_per_s);
      }
    }
  }

  int route(int from, int to, std::vector<std::size_t>& links) const override {
    const auto count = static_cast<int>(dimensions_.size());
    int at = from, stride = 1;
    for (int d = 0; d < count; ++d) {
      const int size = dimensions_[static_cast<std::size_t>(d)];
      const int distance = ((to / stride % size) - (at / stride % size) + size) % size;
      const bool goes_up = 2 * distance <= size;
      for (int hop = 0; hop < (goes_up ? distance : size - distance); ++hop) {
        links.push_back(static_cast<std::size_t>(2 * (at * count + d) + (goes_up ? 0 : 1)));
        const int place = at / stride % size, next = (place + (goes_up ? 1 : size - 1)) % size;
        at += (next - place) * stride;
      }
      stride *= size;
    }
    return static_cast<int>(links.size()) - 1;
  }

  int most_hops() const override {
    int hops = 0;
    for (const int size : dimensions_) hops += size / 2;
    return std::max(hops - 1, 0);
  }

  // Halves of the last dimension: a plane of cables between them, and the ones that close the rings.
  std::vector<Cut> cuts() const override {
    std::size_t plane = 1;
    for (std::size_t d = 0; d + 1 < dimensions_.size(); ++d) plane *= static_cast<std::size_t>(dimensions_[d]);
    const auto size = static_cast<std::size_t>(dimensions_.back());
    if (size < 2) return {};
    const double borders = size == 2 ? 1 : 2;
    const double rate = static_cast<double>(plane) * borders * bandwidth_bytes_per_s_;
    return {{"half of the torus", {0, plane * (size / 2)}, rate, rate}};
  }

  bool nodes_have_links() const override { return false; }

  double node_bandwidth_bytes_per_s(int) const override {
    double links = 0;
    for (const int size : dimensions_) links += std::min(size - 1, 2);
    return links * bandwidth_bytes_per_s_;
  }

 private:
  std::vector<int> dimensions_;
  double bandwidth_bytes_per_s_;
};

std::unique_ptr<Fabric> make(const Network& network, const NodeBandwidths& bandwidths, const TorusOptions& options) {
  const std::vector<int>& dimensions = options.dimensions;
  if (dimensions.empty()) throw UsageError("a torus needs its dimensions");
  double places = 1;
  for (const int size : dimensions) places *= size;
  constexpr double kMostPlaces = 1 << 20;
  if (places < static_cast<double>(bandwidths.size()) || places > kMostPlaces) {
    throw UsageError(
        fmt::format("a torus of {} has {:.0f} places for {} hosts; allowed: enough for all, at most {:.0f}",
                    fmt::join(dimensions, " x "), places, bandwidths.size(), kMostPlaces));
  }
  const bool is_even = std::all_of(bandwidths.begin(), bandwidths.end(),
                                   [&](double bandwidth) { return bandwidth == network.bandwidth_bytes_per_s; });
  if (!is_even || !network.slowdowns.empty() || !network.losses.empty()) {
    throw UsageError("the hosts of a torus have no links of their own, which could differ, be slowed or fail");
  }
  return std::make_unique<Torus>(dimensions, network.bandwidth_bytes_per_s);
}

}  // namespace

Topology torus() {
  return make_topology("torus", "each host joined to its neighbours in each dimension", keys(), make);
}

}  // namespace tandem::sim
