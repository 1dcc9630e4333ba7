// Groups of nodes, each behind an uplink: a star (one group), racks under one core switch that never blocks (two-tier),
// or sites that are joined by a wide-area network.
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"
#include "sim/network/fabric.h"

namespace tandem::sim {
namespace {

class Groups : public Fabric {
 public:
  Groups(NodeBandwidths bandwidths, std::vector<Range> groups, const std::string& name, LinkSpec uplink, int hops)
      : bandwidths_(std::move(bandwidths)), groups_(std::move(groups)), uplink_(uplink), hops_(hops) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      group_of_.insert(group_of_.end(), groups_[group].size(), group);
    }
    for (std::size_t node = 0; node < group_of_.size(); ++node) {
      add_link(fmt::format("up-{}", node), bandwidths_[node]);
      add_link(fmt::format("down-{}", node), bandwidths_[node]);
    }
    if (groups_.size() < 2) return;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      names_.push_back(fmt::format("{}-{}", name, group));
      add_link(names_.back() + "-up", uplink.bandwidth_bytes_per_s);
      add_link(names_.back() + "-down", uplink.bandwidth_bytes_per_s);
    }
  }

  int route(int from, int to, std::vector<std::size_t>& links) const override {
    const auto source = static_cast<std::size_t>(from), target = static_cast<std::size_t>(to);
    const std::size_t first_uplink = 2 * group_of_.size();
    links.push_back(2 * source);
    if (!is_local(source, target)) {
      links.push_back(first_uplink + 2 * group_of_[source]);
      links.push_back(first_uplink + 2 * group_of_[target] + 1);
    }
    links.push_back(2 * target + 1);
    return is_local(source, target) ? 0 : hops_;
  }

  double extra_latency_s(int from, int to) const override {
    return is_local(static_cast<std::size_t>(from), static_cast<std::size_t>(to)) ? 0 : uplink_.latency_s;
  }

  int most_hops() const override { return groups_.size() < 2 ? 0 : hops_; }

  std::vector<Cut> cuts() const override {
    std::vector<Cut> cuts;
    for (std::size_t group = 0; group < names_.size(); ++group) {
      cuts.push_back({names_[group], groups_[group], uplink_.bandwidth_bytes_per_s, uplink_.bandwidth_bytes_per_s});
    }
    return cuts;
  }

  double node_bandwidth_bytes_per_s(int node) const override { return bandwidths_[static_cast<std::size_t>(node)]; }

 private:
  bool is_local(std::size_t from, std::size_t to) const { return group_of_[from] == group_of_[to]; }

  NodeBandwidths bandwidths_;
  std::vector<Range> groups_;
  LinkSpec uplink_;
  int hops_;
  std::vector<std::size_t> group_of_;  ///< by node
  std::vector<std::string> names_;
};

}  // namespace

std::unique_ptr<Fabric> make_star(const Network&, const NodeBandwidths& bandwidths) {
  return std::make_unique<Groups>(bandwidths, std::vector<Range>{{0, bandwidths.size()}}, "", LinkSpec{}, 0);
}

std::unique_ptr<Fabric> make_two_tier(const Network& network, const NodeBandwidths& bandwidths) {
  const auto size = static_cast<std::size_t>(network.hosts_per_rack), count = bandwidths.size();
  std::vector<Range> racks;
  for (std::size_t first = 0; first < count; first += size) racks.push_back({first, std::min(first + size, count)});
  const double uplink = network.bandwidth_bytes_per_s * network.hosts_per_rack / network.oversubscription;
  constexpr int kUpAndDown = 2;
  return std::make_unique<Groups>(bandwidths, racks, "rack", LinkSpec{uplink, 0}, kUpAndDown);
}

std::unique_ptr<Fabric> make_sites(const Network& network, const NodeBandwidths& bandwidths) {
  if (static_cast<std::size_t>(network.sites) > bandwidths.size()) {
    throw UsageError(fmt::format("{} sites, but {} hosts; a site has at least one", network.sites, bandwidths.size()));
  }
  std::vector<Range> sites;
  for (int site = 0; site < network.sites; ++site) {
    sites.push_back(
        even_part(bandwidths.size(), static_cast<std::size_t>(network.sites), static_cast<std::size_t>(site)));
  }
  return std::make_unique<Groups>(bandwidths, sites, "site", network.wan, 0);
}

}  // namespace tandem::sim
