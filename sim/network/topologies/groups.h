// Groups of nodes, each behind an uplink: what a star (one group), racks under a core switch and sites have in common.
#pragma once

#include <string>
#include <vector>

#include "core/cluster.h"
#include "sim/network/fabric.h"

namespace tandem::sim {

class Groups : public Fabric {
 public:
  /// `groups` are ranges of nodes, one after the other. A message from one group to another passes two uplinks, which
  /// count as `hops` and have together the uplink's latency. `name` is a group's, in names of links.
  Groups(const NodeBandwidths& bandwidths, std::vector<Range> groups, const std::string& name, LinkSpec uplink,
         int hops);

  int route(int from, int to, std::vector<std::size_t>& links) const override;
  int most_hops() const override { return groups_.size() < 2 ? 0 : hops_; }
  double extra_latency_s(int from, int to) const override;
  std::vector<double> extra_latencies_s() const override { return {uplink_.latency_s}; }
  std::vector<Cut> cuts() const override;
  std::optional<Uplinks> uplinks() const override { return Uplinks{groups_, uplink_}; }
  bool never_blocks() const override { return groups_.size() < 2; }

 private:
  bool is_local(std::size_t from, std::size_t to) const { return group_of_[from] == group_of_[to]; }

  std::vector<Range> groups_;
  LinkSpec uplink_;
  int hops_;
  std::vector<std::size_t> group_of_;  ///< by node
  std::vector<std::string> names_;     ///< by group; empty when there is only one
};

}  // namespace tandem::sim
