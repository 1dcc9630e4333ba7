// A torus: each node is joined to two neighbours in each dimension, the last to the first. Messages go the shorter way
// round, one dimension after the other (the higher numbers on a tie), through the nodes between, which cost nothing but
// their links.
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"
#include "sim/network/fabric.h"

namespace tandem::sim {
namespace {

class Torus : public Fabric {
 public:
  explicit Torus(const Network& network) : network_(network) {
    int nodes = 1;
    for (const int size : network.dimensions) nodes *= size;
    for (int node = 0; node < nodes; ++node) {
      for (std::size_t d = 0; d < network.dimensions.size(); ++d) {
        add_link(fmt::format("node-{}-dimension-{}-up", node, d), network.bandwidth_bytes_per_s);
        add_link(fmt::format("node-{}-dimension-{}-down", node, d), network.bandwidth_bytes_per_s);
      }
    }
  }

  int route(int from, int to, std::vector<std::size_t>& links) const override {
    const auto count = static_cast<int>(network_.dimensions.size());
    int at = from, stride = 1;
    for (int d = 0; d < count; ++d) {
      const int size = network_.dimensions[static_cast<std::size_t>(d)];
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
    for (const int size : network_.dimensions) hops += size / 2;
    return std::max(hops - 1, 0);
  }

  // Halves of the last dimension: a plane of cables between them, and the ones that close the rings.
  std::vector<Cut> cuts() const override {
    std::size_t plane = 1;
    for (std::size_t d = 0; d + 1 < network_.dimensions.size(); ++d)
      plane *= static_cast<std::size_t>(network_.dimensions[d]);
    const auto size = static_cast<std::size_t>(network_.dimensions.back());
    if (size < 2) return {};
    const double borders = size == 2 ? 1 : 2;
    const double rate = static_cast<double>(plane) * borders * network_.bandwidth_bytes_per_s;
    return {{"half of the torus", {0, plane * (size / 2)}, rate, rate}};
  }

  bool nodes_have_links() const override { return false; }

  double node_bandwidth_bytes_per_s(int) const override {
    double links = 0;
    for (const int size : network_.dimensions) links += std::min(size - 1, 2);
    return links * network_.bandwidth_bytes_per_s;
  }

 private:
  Network network_;
};

}  // namespace

std::unique_ptr<Fabric> make_torus(const Network& network, const NodeBandwidths& bandwidths) {
  if (network.dimensions.empty()) throw UsageError("a torus needs its dimensions");
  double places = 1;
  for (const int size : network.dimensions) places *= size;
  constexpr double kMostPlaces = 1 << 20;
  if (places < static_cast<double>(bandwidths.size()) || places > kMostPlaces) {
    throw UsageError(
        fmt::format("a torus of {} has {:.0f} places for {} hosts; allowed: enough for all, at most {:.0f}",
                    fmt::join(network.dimensions, " x "), places, bandwidths.size(), kMostPlaces));
  }
  const bool is_even = std::all_of(bandwidths.begin(), bandwidths.end(),
                                   [&](double bandwidth) { return bandwidth == network.bandwidth_bytes_per_s; });
  if (!is_even || !network.slowdowns.empty()) {
    throw UsageError("the hosts of a torus have no links of their own, which could differ or be slowed");
  }
  return std::make_unique<Torus>(network);
}

}  // namespace tandem::sim
