// Two tiers of switches: racks of hosts, each behind an uplink to a core switch that never blocks.
#include <algorithm>

#include "sim/network/topologies/groups.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct TwoTierOptions {
  int hosts_per_rack = 1;
  double oversubscription = 1;  ///< hosts_per_rack * bandwidth / that of a rack's uplink
};

Mapping<TwoTierOptions> keys() {
  using T = TwoTierOptions;
  return Mapping<T>()
      .key("hosts_per_rack", &T::hosts_per_rack, whole<int>(between(1, kMostRanks)), "hosts at one switch")
      .required()
      .key("oversubscription", &T::oversubscription, number(between(1, 1e6)),
           "hosts_per_rack x bandwidth / bandwidth of the rack's uplink");
}

std::unique_ptr<Fabric> make(const Network& network, const NodeBandwidths& bandwidths, const TwoTierOptions& options) {
  const auto size = static_cast<std::size_t>(options.hosts_per_rack), count = bandwidths.size();
  std::vector<Range> racks;
  for (std::size_t first = 0; first < count; first += size) racks.push_back({first, std::min(first + size, count)});
  const double uplink = network.bandwidth_bytes_per_s * options.hosts_per_rack / options.oversubscription;
  constexpr int kUpAndDown = 2;
  return std::make_unique<Groups>(bandwidths, racks, "rack", LinkSpec{uplink, 0}, kUpAndDown);
}

}  // namespace

Topology two_tier() {
  return make_topology("two-tier", "racks of hosts under a core switch that never blocks", keys(), make);
}

}  // namespace tandem::sim
