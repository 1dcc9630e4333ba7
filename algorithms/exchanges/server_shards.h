// Which server holds which parameters, and where servers are.
#pragma once

#include <vector>

#include "algorithms/job.h"

namespace tandem::parameter_server {

enum class Placement { dedicated, colocated };

/// How parameters are cut for servers.
enum class Shards {
  even,         ///< equal parts by element, whatever layer they are of
  round_robin,  ///< whole tensors in turns, as TensorFlow's replica_device_setter: whoever gets the largest is busiest
  emptiest,     ///< whole tensors, each to the server that holds least so far
};

struct ServerOptions {
  int servers = 1;
  Placement placement = Placement::dedicated;
  Shards shards = Shards::even;
};
OptionTable server_options();
const ServerOptions& server_options_of(const Job& job);

/// Aggregation inside a node (Jiang et al., "A unified architecture for accelerating distributed DNN training in
/// heterogeneous GPU/CPU clusters" (BytePS), OSDI 2020).
struct AggregateOption {
  bool aggregate = false;
};
OptionTable aggregate_option();
bool aggregates(const Job& job);
/// The workers who push to servers: all, or the first of each node.
std::vector<int> pushers_of(const Job& job);

/// Parameters that travel together: what one bucket and one server's part share.
struct Shard {
  int server = 0;
  std::size_t bucket = 0;
  Range range;  ///< the model's parameters that the shard holds
  int tag = 0;  ///< its pushes have this tag, pulls the next
};

/// All shards, bucket by bucket, as workers push them. Every server holds at least one, which may be empty.
std::vector<Shard> shards_of(const Job& job);
std::vector<Shard> shards_of(const Job& job, int server);

/// The server's rank: after the workers when dedicated, on worker `server`'s rank when colocated.
int server_rank(const Job& job, int server);

}  // namespace tandem::parameter_server
