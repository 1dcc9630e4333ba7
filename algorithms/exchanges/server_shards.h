// Which server holds which parameters, and where servers are: those on hosts of their own come first.
//
// Under `mixed` placement the parts are such that every host's link carries as many bytes (Jiang et al. 2020, 4.1).
// With n workers and k < n servers on hosts of their own, a host of a worker sends what it pushes to others and what
// its server answers to n - 1 others, (1 - c) N + (n - 1) c N bytes, and a server's own host n d N. They are equal for
//     d = 2 (n - 1) / (n n + k n - 2 k), and c = (n - k) / (n n + k n - 2 k) on each worker's host.
// Every bucket is cut so, because a part of the whole model would keep one link busy after the other.
// So a step whose pushes and pulls pass at the same time takes n d N beta, where n colocated servers take
// 2 (n - 1)/n N beta and k dedicated ones n/k N beta.
#pragma once

#include <vector>

#include "algorithms/exchanges/server_options.h"

namespace tandem::parameter_server {

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

/// The server's rank: after the workers on a host of its own; colocated servers have the ranks of the first workers.
int server_rank(const Job& job, int server);
/// Where replicas are asked for, each is on a host of its own, after all servers and in their order.
int replica_rank(const Job& job, int server);

}  // namespace tandem::parameter_server
