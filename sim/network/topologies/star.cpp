// A star: every host has a link to one switch that never blocks.
#include "sim/network/topologies/groups.h"
#include "sim/network/topology.h"

namespace tandem::sim {
namespace {

struct StarOptions {};

std::unique_ptr<Fabric> make(const Network&, const NodeBandwidths& bandwidths, const StarOptions&) {
  return std::make_unique<Groups>(bandwidths, std::vector<Range>{{0, bandwidths.size()}}, "", LinkSpec{}, 0);
}

}  // namespace

Topology star() { return make_topology("star", "each host has a link to one switch", Mapping<StarOptions>(), make); }

}  // namespace tandem::sim
