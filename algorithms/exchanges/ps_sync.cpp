// Synchronous parameter server (Li et al., "Scaling distributed machine learning with the parameter server", OSDI
// 2014): the servers hold the parameters, cut evenly by element; every step each worker pushes its gradient, the
// servers sum the gradients in rank order, update, and answer everyone (bulk-synchronous SGD).
//
//   cost of a step, n workers, k dedicated servers, N bytes: compute/n + 2 (alpha + max(N, n N/k) beta)
//   messages: one push and one pull per worker, shard and step
//   with `aggregate`, of one worker per node: a node's card carries N bytes each way, however many workers share it
//
// With `replicas: 1` each server sends the sum on to a replica, which takes over when it dies (replication.h): then
//
//   cost of a step: N/k beta + 2 alpha more, whatever n is
//   messages: a sum and an answer per shard and step more
//
// With k = n colocated servers a host moves about as many bytes as in a ring; with k = 1 the server's link is the
// bottleneck from the second worker on. It tolerates no stragglers: everyone waits for the slowest.
#include "algorithms/exchanges/backup_option.h"
#include "algorithms/exchanges/node_client.h"
#include "algorithms/exchanges/replication.h"
#include "algorithms/exchanges/server_memory.h"
#include "algorithms/exchanges/standby_server.h"

namespace tandem::strategies {
namespace {

using namespace parameter_server;

// Every shard's pushes, its update and its answers, one shard after the other.
class SyncServer {
 public:
  SyncServer(Comm& comm, const Job& job, Training& training, int server)
      : comm_(comm),
        job_(job),
        training_(training),
        pushers_(pushers_of(job).size()),
        ops_(shards_of(job, server).size() * pushers_),
        replication_(comm, job, server),
        guard_(comm, ops_) {
    for (const Shard& shard : shards_of(job, server)) shards_.emplace_back(comm, job, shard);
    for (SyncShard& shard : shards_) shard.describe(training.state());
  }

  void run() {
    bool stops = false;
    for (std::size_t step = training_.begin(comm_); step < job_.steps && !stops; ++step) {
      if (has_replicas(job_.strategy)) training_.server_begins_step(comm_, step);
      take_step(step);
      stops = shards_.back().stops();
      training_.snapshot_if_due(comm_, step + 1, {0, job_.model.parameters + 1});
      if (!stops) training_.checkpoint_if_due(comm_, step + 1);
    }
    training_.finish();
  }

 private:
  void take_step(std::size_t step) {
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      for (std::size_t pusher = 0; pusher < pushers_; ++pusher)
        ops_of(i)[pusher] = shards_[i].post(comm_, pusher, step);
    }
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      comm_.wait_all(ops_of(i));
      const SummedPushes sum = shards_[i].sum(comm_, step);
      replication_.begin(shards_[i].shard(), sum);
      shards_[i].update(comm_, sum, step);
      replication_.await();
      for (std::size_t pusher = 0; pusher < pushers_; ++pusher) ops_of(i)[pusher] = shards_[i].answer(comm_, pusher);
    }
    comm_.wait_all(ops_);
  }

  std::span<Op> ops_of(std::size_t shard) { return std::span(ops_).subspan(shard * pushers_, pushers_); }

  Comm& comm_;
  const Job& job_;
  Training& training_;
  std::size_t pushers_;
  std::vector<SyncShard> shards_;
  std::vector<Op> ops_;  // for each shard the pushes, then the answers
  Replication replication_;
  CancelGuard guard_;
};

void serve(Comm& comm, const Job& job, Training& training, int server) {
  const int replicated = server_options_of(job).all(job.workers);
  if (server >= replicated) return stand_by(comm, job, training, server - replicated);
  SyncServer(comm, job, training, server).run();
}

Layout sync_layout(const Choice& choice, int workers) {
  Layout layout = parameter_server::layout(choice, workers);
  if (!has_replicas(choice)) return layout;
  layout.ranks += layout.servers;
  layout.servers *= 2;
  return layout;
}

std::optional<std::string> sync_refusal(const Job& job) {
  if (auto reason = node_refusal(job)) return reason;
  if (auto reason = replication_refusal(job)) return reason;
  return refusal(job);
}

std::optional<Traffic> sync_traffic(const Job& job, int rank, StepRange steps) {
  std::optional<Traffic> all = traffic(job, rank, steps);
  *all += node_traffic(job, rank) * steps.size();
  *all += replication_traffic(job, rank, steps);
  return all;
}

std::unique_ptr<Exchange> client(const Worker& worker) {
  if (aggregates(worker.job)) return std::make_unique<NodeClient>(worker);
  return std::make_unique<Client>(worker);
}

}  // namespace

Strategy ps_sync() {
  return data_parallel({
      .name = "ps-sync",
      .doc = "parameter server: workers push gradients, servers sum, update and answer, every step",
      .paper = "Li et al. 2014; Jiang et al. 2020 (aggregation)",
      .options = {server_options(), aggregate_option(), codec_option(), server_replicas_option()},
      .facts = [](const Choice& choice) { return Facts{.can_be_kept = !has_replicas(choice)}; },
      .make = client,
      .serve = serve,
      .layout = sync_layout,
      .refusal = sync_refusal,
      .traffic = sync_traffic,
      .memory = memory,
      .coding_memory = memory_of_common_pulls,
      .asks_losses = false,
  });
}

}  // namespace tandem::strategies
