#include "app/run/emulation.h"

#include "sim/network/interconnect.h"

namespace tandem {

Cluster emulated_cluster(Cluster cluster, int ranks) {
  if (cluster.emulate && cluster.platform.empty())
    cluster.network.uplinks = sim::Interconnect(cluster, ranks).uplinks();
  return cluster;
}

}  // namespace tandem
