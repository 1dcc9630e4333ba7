// What a server tells its replica: primary and backup (Li et al., "Scaling distributed machine learning with the
// parameter server", OSDI 2014, 4.3: replication after aggregation). The server sends on the sum of a step's gradients,
// one message however many workers there are, and answers the workers once the replica has it. So the replica, which
// takes the same steps, is never behind what a worker has been told, and ahead of it by one step at most.
#pragma once

#include "algorithms/exchanges/sync_shard.h"

namespace tandem::parameter_server {

/// The sum of a shard's pushes has the tag of its pushes, the replica's answer that of its pulls.
Meta to_meta(const SummedPushes& sum);

/// The server's side: nothing where there is no replica, or once it has died.
class Replication {
 public:
  /// Declare it after the buffers of what it sends.
  Replication(Comm& comm, const Job& job, int server);
  /// Sends the sum on.
  void begin(const Shard& shard, const SummedPushes& sum);
  /// Waits until the replica has it, or is known to have died.
  void await();

 private:
  Comm& comm_;
  int replica_ = -1;  // its rank; -1: none
  Op ops_[2];
  CancelGuard guard_;
};

/// A worker's message to every replica: it has ended its training, and asks no more.
inline constexpr int kLeaveTag = 0;
/// Sends it to those that live, if this worker pushes.
void take_leave(Comm& comm, const Job& job);

/// The messages that this takes for a rank, besides those of workers and servers: none where all servers are alone.
Traffic replication_traffic(const Job& job, int rank, StepRange steps);

/// Why there can be no replicas, for people; empty where there can, or need not.
std::optional<std::string> replication_refusal(const Job& job);

}  // namespace tandem::parameter_server
