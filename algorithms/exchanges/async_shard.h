// A server's shard under asynchronous training: it takes in whatever gradients have arrived, whenever it must answer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/exchanges/answers.h"
#include "algorithms/exchanges/worker_clocks.h"
#include "algorithms/model/optimizer.h"

namespace tandem::parameter_server {

struct AsyncOptions {
  std::optional<int> staleness;    ///< the bound of stale-synchronous training, in clocks; absent: unbounded
  bool rate_by_staleness = false;  ///< a gradient counts for less the older it is
};

class AsyncShard {
 public:
  /// Posts the receive of every worker's first push. `job` and `training`, which is told of every update, outlive the
  /// shard.
  AsyncShard(Comm& comm, const Job& job, const Shard& shard, const AsyncOptions& options, Training& training);

  /// What is posted: the push of each worker, then the answer to each.
  std::size_t operations() const { return 2 * workers_; }
  /// Operation `index` of `ops`, this shard's, is complete: handles it and posts what follows from it.
  void proceed(Comm& comm, std::span<Op> ops, std::size_t index);
  /// The worker has died: nobody waits for it, or answers it. What has come from it counts.
  void go_on_without(Comm& comm, std::span<Op> ops, int worker);
  void post_first_receives(Comm& comm, std::span<Op> ops, std::size_t step);

  /// The workers have ended so many steps before.
  void begin_at(std::size_t steps_done) { clocks_.begin_at(steps_done, steps_done == job_.steps); }
  /// The steps that every living worker has ended, where all have ended equally many and have their answers: nothing
  /// but their next pushes can happen to the shard.
  std::optional<std::size_t> rests_after(std::span<const Op> ops) const;
  void describe(State& state);

 private:
  void answer_released(Comm& comm, std::span<Op> ops);
  void apply_what_arrived(Comm& comm);
  double loss() const;

  const Job& job_;
  Training& training_;
  Shard shard_;
  std::size_t workers_;
  bool rate_by_staleness_;
  Buffer parameters_;
  Optimizer optimizer_;
  PushBox pushes_;
  Answers answers_;
  WorkerClocks clocks_;
  std::vector<double> losses_;    // each worker's latest share
  std::vector<Arrival> arrived_;  // not yet in the parameters
  std::int64_t version_ = 0;      // pushes applied
  bool stop_ = false;             // for good: a worker that was answered before must hear it too
};

}  // namespace tandem::parameter_server
