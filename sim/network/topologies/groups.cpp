#include "sim/network/topologies/groups.h"

#include <fmt/format.h>

namespace tandem::sim {

Groups::Groups(const NodeBandwidths& bandwidths, std::vector<Range> groups, const std::string& name, LinkSpec uplink,
               int hops)
    : groups_(std::move(groups)), uplink_(uplink), hops_(hops) {
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    group_of_.insert(group_of_.end(), groups_[group].size(), group);
  }
  add_node_cables(bandwidths);
  if (groups_.size() < 2) return;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    names_.push_back(fmt::format("{}-{}", name, group));
    add_cable(names_.back(), uplink.bandwidth_bytes_per_s);
  }
}

int Groups::route(int from, int to, std::vector<std::size_t>& links) const {
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

double Groups::extra_latency_s(int from, int to) const {
  return is_local(static_cast<std::size_t>(from), static_cast<std::size_t>(to)) ? 0 : uplink_.latency_s;
}

std::vector<Cut> Groups::cuts() const {
  std::vector<Cut> cuts;
  for (std::size_t group = 0; group < names_.size(); ++group) {
    cuts.push_back({names_[group], groups_[group], uplink_.bandwidth_bytes_per_s, uplink_.bandwidth_bytes_per_s});
  }
  return cuts;
}

}  // namespace tandem::sim
