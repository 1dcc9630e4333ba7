// What a world that emulates links needs to know of the cluster's topology, which the simulation knows.
#pragma once

#include "core/cluster.h"

namespace tandem {

/// The cluster as World::run and World::refusal get it: with its uplinks, where it is to be emulated. Throws UsageError
/// when the topology does not fit this many ranks.
Cluster emulated_cluster(Cluster cluster, int ranks);

}  // namespace tandem
