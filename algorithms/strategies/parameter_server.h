// What the synchronous and the asynchronous parameter server share: who is a server, which shard it holds, and the one
// exchange between a worker and the servers. (Li et al., "Scaling distributed machine learning with the parameter
// server", OSDI 2014.)
//
// A worker's message is a push: its gradient of the server's shard. The server answers each push with a pull: the
// shard's parameters. So there is one push and one pull a worker, server and step, whatever the synchronisation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/model/replica.h"
#include "algorithms/strategies/strategy.h"

namespace tandem::parameter_server {

inline constexpr int kPush = 1;
inline constexpr int kPull = 2;

/// Rides on a push.
struct Push {
  double loss = 0;           ///< the worker's share of the step's loss
  std::int64_t version = 0;  ///< of the shard that the gradient was computed from
  bool is_last = false;      ///< the worker ends with this step
};
/// Rides on a pull.
struct Pull {
  std::int64_t version = 0;  ///< pushes applied to the shard so far
  bool stop = false;         ///< the loss is low enough
};

Meta to_meta(const Push& push);
Push push_from(const Meta& meta);
Meta to_meta(const Pull& pull);
Pull pull_from(const Meta& meta);

/// Server `server` of job.strategy.servers holds this even part of the parameters.
Range shard(const Job& job, int server);
/// Its rank: after the workers when dedicated, on worker `server`'s rank when colocated.
int server_rank(const Job& job, int server);
int ranks(const Job& job);
std::optional<std::string> refusal(const StrategySpec& spec, int workers, const Model& model);
Traffic traffic(const Job& job, int rank, std::size_t steps);

/// Runs this rank's roles: worker, server, or, where colocated, the server on a second stack beside the worker.
void run_roles(Comm& comm, const Job& job, const std::function<void(Comm&)>& worker,
               const std::function<void(Comm&, int server)>& server);

/// A worker's exchange with all servers: pushes the gradient's shards, and returns when all parameters have been pulled
/// into the replica. Remembers the shards' versions from one exchange to the next.
class Client {
 public:
  explicit Client(const Job& job) : job_(&job), versions_(static_cast<std::size_t>(job.strategy.servers)) {}
  /// True when server 0 says that the loss is low enough.
  bool push_and_pull(Comm& comm, Replica& replica, double loss, bool is_last);

 private:
  const Job* job_;
  std::vector<std::int64_t> versions_;
};

/// A server's side: a buffer and a header for the push of every worker.
class PushBox {
 public:
  PushBox(const Comm& comm, const Job& job, Range shard);
  /// Posts the receive of a worker's next push into gradient(worker).
  Op post(Comm& comm, int worker);

  Slice gradient(int worker) { return gradients_[static_cast<std::size_t>(worker)]; }
  Push push(int worker) const { return push_from(metas_[static_cast<std::size_t>(worker)]); }

 private:
  std::vector<Buffer> gradients_;
  std::vector<Meta> metas_;
};

}  // namespace tandem::parameter_server
