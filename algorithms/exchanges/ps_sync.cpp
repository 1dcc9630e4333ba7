// Synchronous parameter server (Li et al., "Scaling distributed machine learning with the parameter server", OSDI
// 2014): the servers hold the parameters, cut evenly by element; every step each worker pushes its gradient, the
// servers sum the gradients in rank order, update, and answer everyone (bulk-synchronous SGD).
//
//   cost of a step, n workers, k dedicated servers, N bytes: compute/n + 2 (alpha + max(N, n N/k) beta)
//   messages: one push and one pull per worker, shard and step
//   with `aggregate`, of one worker per node: a node's card carries N bytes each way, however many workers share it
//
// With k = n colocated servers a host moves about as many bytes as in a ring; with k = 1 the server's link is the
// bottleneck from the second worker on. It tolerates no stragglers: everyone waits for the slowest.
#include "algorithms/collectives/collective.h"
#include "algorithms/exchanges/node_client.h"
#include "algorithms/exchanges/push_box.h"
#include "algorithms/exchanges/server_memory.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem::strategies {
namespace {

using namespace parameter_server;

// One shard of a server: it answers the workers once all have pushed.
class SyncShard {
 public:
  SyncShard(Comm& comm, const Job& job, const Shard& shard)
      : job_(job),
        shard_(shard),
        parameters_(initial_buffer(comm, job, shard.range)),
        optimizer_(comm, job.workload.optimizer, shard.range.size(), job.steps),
        pushes_(comm, job, shard),
        pushers_(pushers_of(job)),
        ops_(pushers_.size()) {
    if (codec_choice(job) != nullptr)
      pulls_.emplace(comm, job, shard.range, /*sender=*/static_cast<std::uint64_t>(job.workers));
  }

  void post_receives(Comm& comm, std::size_t step) {
    for (std::size_t i = 0; i < ops_.size(); ++i) ops_[i] = pushes_.post(comm, pushers_[i], step);
  }

  // Returns whether the loss is low enough. Every shard sees every worker's loss, so all of them decide alike.
  bool update_and_answer(Comm& comm, std::size_t step) {
    comm.wait_all(ops_);
    double loss = 0;
    std::vector<Arrival> arrivals;
    for (const int worker : pushers_) {
      arrivals.push_back({worker, step});
      loss += pushes_.push(worker).loss;
    }
    optimizer_.update(comm, parameters_, pushes_.sum(comm, arrivals), step);
    const bool stop = is_low_enough(job_, loss);
    const Pull pull{.version = static_cast<std::int64_t>(step + 1) * job_.workers, .stop = stop};
    const Slice answer = pulls_ ? pushes_.message(0, step) : parameters_.slice();
    if (pulls_) pulls_->write(comm, step, parameters_, answer);
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      ops_[i] = comm.isend(pushers_[i], shard_.tag + 1, answer, to_meta(pull));
    }
    return stop;
  }

  void end_step(Comm& comm) { comm.wait_all(ops_); }
  // Under a codec the model is what the workers have: the server's is ahead of it by what pulls have left out.
  void describe(State& state) {
    state.add_parameters(shard_.range.begin, pulls_ ? pulls_->known() : parameters_.slice(), Copy::owned);
    if (pulls_) state.add({"server's parameters", shard_.range.begin, parameters_, Copy::owned});
    if (pulls_) pulls_->describe(state);
    optimizer_.describe(state, shard_.range.begin, Copy::owned);
  }

 private:
  const Job& job_;
  Shard shard_;
  Buffer parameters_;
  Optimizer optimizer_;
  PushBox pushes_;
  std::vector<int> pushers_;
  std::optional<CodedChanges> pulls_;
  std::vector<Op> ops_;
};

void serve(Comm& comm, const Job& job, Training& training, int server) {
  std::vector<SyncShard> shards;
  for (const Shard& shard : shards_of(job, server)) shards.emplace_back(comm, job, shard);
  for (SyncShard& shard : shards) shard.describe(training.state());

  bool stop = false;
  for (std::size_t step = training.begin(comm); step < job.steps && !stop; ++step) {
    for (SyncShard& shard : shards) shard.post_receives(comm, step);
    for (SyncShard& shard : shards) stop = shard.update_and_answer(comm, step);
    for (SyncShard& shard : shards) shard.end_step(comm);
    training.snapshot_if_due(comm, step + 1, {0, job.model.parameters + 1});
    if (!stop) training.checkpoint_if_due(comm, step + 1);
  }
  training.finish();
}

std::optional<std::string> sync_refusal(const Job& job) {
  if (auto reason = node_refusal(job)) return reason;
  return refusal(job);
}

std::optional<Traffic> sync_traffic(const Job& job, int rank, StepRange steps) {
  std::optional<Traffic> all = traffic(job, rank, steps);
  *all += node_traffic(job, rank) * steps.size();
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
      .options = {server_options(), aggregate_option(), codec_option()},
      .facts = [](const Choice&) { return Facts{.can_be_kept = true}; },
      .make = client,
      .serve = serve,
      .layout = layout,
      .refusal = sync_refusal,
      .traffic = sync_traffic,
      .memory = memory,
      .coding_memory = memory_of_common_pulls,
      .asks_losses = false,
  });
}

}  // namespace tandem::strategies
