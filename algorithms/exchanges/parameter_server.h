// What the synchronous and the asynchronous parameter server share: who is a server, which shards it holds, and the
// worker's side. (Li et al., "Scaling distributed machine learning with the parameter server", OSDI 2014.)
//
// A worker's message is a push: its gradient of a shard. The server answers each push with a pull: the shard's
// parameters. So there is one push and one pull per worker, shard and step, whatever the synchronisation. A server
// holds one shard for each of the worker's buckets that reach into its part of the parameters: one, unless `bucket` or
// `overlap` cut the gradients.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "algorithms/exchanges/exchange.h"
#include "algorithms/exchanges/server_shards.h"
#include "algorithms/exchanges/serving_ranks.h"
#include "algorithms/exchanges/shard_coding.h"

namespace tandem::parameter_server {

/// Rides on a push.
struct Push {
  double loss = 0;           ///< the worker's share of the step's loss
  std::int64_t version = 0;  ///< the shard's, when the gradient was computed from it
  bool is_last = false;      ///< the worker ends with this step
  double waited_s = 0;       ///< in vain, for a server that has died
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

Layout layout(const Choice& choice, int workers);
std::optional<std::string> refusal(const Job& job);
std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps);

/// A worker's exchange with all servers: pushes each bucket's shards when they are complete, and ends the step when all
/// parameters have been pulled into the replica. What a server leaves unanswered that dies is pushed again, to its
/// replica.
class Client : public Exchange {
 public:
  explicit Client(const Worker& worker);

  void gradients_ready(Comm& stack, const Step& step, Range layers) override;
  void gradients_done(Comm& stack) override;
  void withdraw(Comm& stack) override;
  /// With the answer of server 0: whether the loss is low enough.
  std::optional<bool> end_step(Comm& comm, const Step& step) override;
  void describe(State& state) override;

 protected:
  /// What a push says of whether this is the worker's last step.
  virtual bool is_last(const Step& step) const { return step.number + 1 == job_.steps; }
  bool server_says_stop() const { return pull_from(answers_.front()).stop; }
  std::int64_t version() const { return pull_from(answers_.front()).version; }

  const Job& job_;

 private:
  void post(Comm& stack, std::size_t shard, double waited_s = 0);
  void await_answers(Comm& stack);
  void push_again(Comm& stack, const PeerFailed& death, double waited_s);

  Replica& replica_;
  ServingRanks servers_;
  std::vector<Shard> shards_;
  std::vector<ShardCoding> codings_;
  std::vector<Meta> answers_;  // the last pull of each shard
  Step step_;
  std::size_t pushed_ = 0;         // shards of this step
  std::vector<bool> is_answered_;  // each of these
  std::vector<Op> ops_;            // the pull and the push of each shard
};

}  // namespace tandem::parameter_server
