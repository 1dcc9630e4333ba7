// Sites: fast clusters that a wide-area network joins. Hosts are dealt out to them evenly, in blocks.
#include <fmt/format.h>

#include "core/errors.h"
#include "sim/network/topologies/groups.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct SitesOptions {
  int sites = 1;
  LinkSpec wan{.bandwidth_bytes_per_s = 125e6, .latency_s = 10e-3};  ///< each site's uplink, and between two sites
};

Mapping<SitesOptions> keys() {
  using S = SitesOptions;
  return Mapping<S>()
      .key("sites", &S::sites, whole<int>(between(1, kMostRanks)),
           "the number of sites; hosts are divided among them evenly, in blocks")
      .required()
      .key("wan", &S::wan, link_fields().type(),
           "bandwidth of each site's uplink, and the latency that another site is further away")
      .required();
}

std::unique_ptr<Fabric> make(const Network&, const NodeBandwidths& bandwidths, const SitesOptions& options) {
  const auto count = static_cast<std::size_t>(options.sites);
  if (count > bandwidths.size()) {
    throw UsageError(fmt::format("{} sites, but {} hosts; a site has at least one", count, bandwidths.size()));
  }
  std::vector<Range> sites;
  for (std::size_t site = 0; site < count; ++site) sites.push_back(even_part(bandwidths.size(), count, site));
  return std::make_unique<Groups>(bandwidths, sites, "site", options.wan, 0);
}

}  // namespace

Topology sites() { return make_topology("sites", "fast clusters joined by slow links", keys(), make); }

}  // namespace tandem::sim
