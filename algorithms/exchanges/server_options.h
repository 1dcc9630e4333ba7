// How many parameter servers a scenario asks for, where they are, and how parameters are cut for them.
#pragma once

#include "algorithms/job.h"

namespace tandem::parameter_server {

enum class Placement {
  dedicated,  ///< on hosts of their own
  colocated,  ///< on the workers' hosts
  mixed,      ///< on both; see server_shards.h for the part that each holds
};

/// How parameters are cut for servers.
enum class Shards {
  even,         ///< parts by element, whatever layer they are of: equal ones, but for `mixed`
  round_robin,  ///< whole tensors in turns, as TensorFlow's replica_device_setter: whoever gets the largest is busiest
  emptiest,     ///< whole tensors, each to the server that holds least so far
};

struct ServerOptions {
  int servers = 1;  ///< those that are on every worker's host under `mixed` not counted
  Placement placement = Placement::dedicated;
  Shards shards = Shards::even;

  int dedicated() const { return placement == Placement::colocated ? 0 : servers; }
  int colocated(int workers) const {
    if (placement == Placement::mixed) return workers;
    return placement == Placement::colocated ? servers : 0;
  }
  int all(int workers) const { return dedicated() + colocated(workers); }
};
OptionTable server_options();
const ServerOptions& server_options_of(const Job& job);

}  // namespace tandem::parameter_server
