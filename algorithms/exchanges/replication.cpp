#include "algorithms/exchanges/replication.h"

#include <algorithm>
#include <bit>

#include "algorithms/codecs/coding.h"
#include "algorithms/exchanges/backup_option.h"

namespace tandem::parameter_server {

Meta to_meta(const SummedPushes& sum) { return {{std::bit_cast<std::int64_t>(sum.loss)}}; }

Replication::Replication(Comm& comm, const Job& job, int server) : comm_(comm), guard_(comm, ops_) {
  if (has_replicas(job.strategy)) replica_ = replica_rank(job, server);
}

void Replication::begin(const Shard& shard, const SummedPushes& sum) {
  if (replica_ < 0) return;
  ops_[0] = comm_.irecv(replica_, shard.tag + 1, {});
  ops_[1] = comm_.isend(replica_, shard.tag, sum.gradient, to_meta(sum));
}

void Replication::await() {
  try {
    while (ops_[0] || ops_[1]) comm_.wait_any(ops_);
  } catch (const PeerFailed&) {
    for (Op& op : ops_) comm_.cancel(op);
    replica_ = -1;
  }
}

void take_leave(Comm& comm, const Job& job) {
  const std::vector<int> pushers = pushers_of(job);
  if (std::find(pushers.begin(), pushers.end(), comm.rank()) == pushers.end()) return;
  std::vector<Op> ops;
  for (int server = 0; server < server_options_of(job).dedicated(); ++server)
    ops.push_back(comm.isend(replica_rank(job, server), kLeaveTag, {}));
  const CancelGuard guard(comm, ops);
  for (Op& op : ops) {
    try {
      comm.wait(op);
    } catch (const PeerFailed&) {
      continue;  // it has died, and waits for nobody
    }
  }
}

// A sum and an answer per shard and step. Every worker who pushes takes leave of every replica once, which counts as a
// part of the first step.
Traffic replication_traffic(const Job& job, int rank, StepRange steps) {
  Traffic traffic;
  if (!has_replicas(job.strategy)) return traffic;
  for (const Shard& shard : shards_of(job)) {
    const std::uint64_t bytes = bytes_of(shard.range.size()) * steps.size();
    if (rank == server_rank(job, shard.server)) traffic += {steps.size(), bytes, steps.size(), 0};
    if (rank == replica_rank(job, shard.server)) traffic += {steps.size(), 0, steps.size(), bytes};
  }
  if (steps.begin > 0 || steps.size() == 0) return traffic;
  const std::vector<int> pushers = pushers_of(job);
  const auto servers = static_cast<std::uint64_t>(server_options_of(job).dedicated());
  if (std::find(pushers.begin(), pushers.end(), rank) != pushers.end()) traffic.messages_sent += servers;
  if (rank >= replica_rank(job, 0)) traffic.messages_received += pushers.size();
  return traffic;
}

std::optional<std::string> replication_refusal(const Job& job) {
  if (!has_replicas(job.strategy)) return std::nullopt;
  if (server_options_of(job).placement != Placement::dedicated)
    return "replicas: a server on a worker's rank would die with that worker, for whom nobody stands in";
  if (codec_choice(job) != nullptr)
    return "replicas: under a codec a server keeps what its pulls have left out, which its replica is not told";
  return std::nullopt;
}

}  // namespace tandem::parameter_server
