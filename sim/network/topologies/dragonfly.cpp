// A dragonfly (Kim, Dally, Scott and Abts, "Technology-driven, highly-scalable dragonfly topology", ISCA 2008): groups
// of a routers, p hosts at each router. All routers of a group are joined to each other, and any two groups by one
// global cable; each router has h of these, so that there are at most a * h + 1 groups. All cables are alike.
// Messages take the shortest way: to the router with the cable to the target's group, over it, to the target's router.
#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct DragonflyOptions {
  int hosts_per_router = 1;
  int routers_per_group = 2;
  int global_links = 1;  ///< per router
};

Mapping<DragonflyOptions> keys() {
  using D = DragonflyOptions;
  constexpr double kMostPorts = 1024;
  return Mapping<D>()
      .key("hosts_per_router", &D::hosts_per_router, whole<int>(between(1, kMostPorts)), "p, hosts at one router")
      .required()
      .key("routers_per_group", &D::routers_per_group, whole<int>(between(1, kMostPorts)),
           "a, routers of one group, each joined to all others of it")
      .required()
      .key("global_links", &D::global_links, whole<int>(between(1, kMostPorts)),
           "h, links of one router to other groups: at most a x h + 1 groups")
      .required();
}

class Dragonfly : public Fabric {
 public:
  Dragonfly(const NodeBandwidths& bandwidths, double bandwidth_bytes_per_s, const DragonflyOptions& options)
      : hosts_(bandwidths.size()),
        per_router_(static_cast<std::size_t>(options.hosts_per_router)),
        routers_(static_cast<std::size_t>(options.routers_per_group)),
        global_links_(static_cast<std::size_t>(options.global_links)),
        groups_((hosts_ + per_router_ * routers_ - 1) / (per_router_ * routers_)),
        bandwidth_bytes_per_s_(bandwidth_bytes_per_s) {
    add_node_cables(bandwidths);
    first_local_ = links().size();
    for (std::size_t group = 0; group < groups_; ++group) {
      for (std::size_t high = 0; high < routers_; ++high) {
        for (std::size_t low = 0; low < high; ++low)
          add_cable(fmt::format("group-{}-routers-{}-{}", group, low, high), bandwidth_bytes_per_s);
      }
    }
    first_global_ = links().size();
    for (std::size_t high = 0; high < groups_; ++high) {
      for (std::size_t low = 0; low < high; ++low)
        add_cable(fmt::format("groups-{}-{}", low, high), bandwidth_bytes_per_s);
    }
  }

  int route(int from, int to, std::vector<std::size_t>& links) const override {
    const std::size_t source = static_cast<std::size_t>(from) / per_router_;
    const std::size_t target = static_cast<std::size_t>(to) / per_router_;
    const std::size_t source_group = source / routers_, target_group = target / routers_;
    links.push_back(2 * static_cast<std::size_t>(from));
    if (source_group == target_group) {
      add_local(source_group, source % routers_, target % routers_, links);
    } else {
      add_local(source_group, source % routers_, gateway(source_group, target_group), links);
      links.push_back(first_global_ + direction(source_group, target_group));
      add_local(target_group, gateway(target_group, source_group), target % routers_, links);
    }
    links.push_back(2 * static_cast<std::size_t>(to) + 1);
    return static_cast<int>(links.size()) - 2;
  }

  int most_hops() const override { return groups_ > 1 ? 3 : 1; }

  std::vector<Cut> cuts() const override {
    std::vector<Cut> cuts;
    const std::size_t in_group = per_router_ * routers_;
    const double rate = static_cast<double>(groups_ - 1) * bandwidth_bytes_per_s_;
    for (std::size_t group = 0; group < groups_ && groups_ > 1; ++group) {
      cuts.push_back(
          {fmt::format("group-{}", group), {group * in_group, std::min((group + 1) * in_group, hosts_)}, rate, rate});
    }
    return cuts;
  }

 private:
  /// The place of the cable that joins two of many, all joined to each other, and in it the way from one to the other.
  static std::size_t direction(std::size_t from, std::size_t to) {
    const std::size_t low = std::min(from, to), high = std::max(from, to);
    return 2 * (high * (high - 1) / 2 + low) + (from < to ? 0 : 1);
  }

  /// The router of a group that has the cable to another: in order, h to a router.
  std::size_t gateway(std::size_t group, std::size_t other) const {
    return (other < group ? other : other - 1) / global_links_;
  }

  void add_local(std::size_t group, std::size_t from, std::size_t to, std::vector<std::size_t>& links) const {
    if (from != to) links.push_back(first_local_ + group * routers_ * (routers_ - 1) + direction(from, to));
  }

  std::size_t hosts_, per_router_, routers_, global_links_, groups_;
  double bandwidth_bytes_per_s_;
  std::size_t first_local_ = 0, first_global_ = 0;
};

std::unique_ptr<Fabric> make(const Network& network, const NodeBandwidths& bandwidths,
                             const DragonflyOptions& options) {
  const std::size_t in_group =
      static_cast<std::size_t>(options.hosts_per_router) * static_cast<std::size_t>(options.routers_per_group);
  const std::size_t groups =
      static_cast<std::size_t>(options.routers_per_group) * static_cast<std::size_t>(options.global_links) + 1;
  if (bandwidths.size() > in_group * groups) {
    throw UsageError(fmt::format("a dragonfly of {} groups with {} routers of {} hosts has {} hosts, not {}", groups,
                                 options.routers_per_group, options.hosts_per_router, in_group * groups,
                                 bandwidths.size()));
  }
  return std::make_unique<Dragonfly>(bandwidths, network.bandwidth_bytes_per_s, options);
}

}  // namespace

Topology dragonfly() {
  return make_topology("dragonfly", "groups of routers, each group joined to each other (Kim 2008)", keys(), make);
}

}  // namespace tandem::sim
