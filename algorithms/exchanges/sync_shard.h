// One shard of a synchronous parameter server: the gradients of all workers, summed in rank order, make one update.
#pragma once

#include "algorithms/exchanges/push_box.h"
#include "algorithms/model/optimizer.h"

namespace tandem::parameter_server {

/// All workers' pushes of a step.
struct SummedPushes {
  Slice gradient;
  double loss = 0;
};

/// Workers who push are counted by their place in pushers_of(job).
class SyncShard {
 public:
  SyncShard(Comm& comm, const Job& job, const Shard& shard);
  void describe(State& state);

  const Shard& shard() const { return shard_; }
  /// Posts the receive of a worker's push of this step.
  Op post(Comm& comm, std::size_t pusher, std::size_t step) { return pushes_.post(comm, pushers_[pusher], step); }
  Push push(std::size_t pusher) const { return pushes_.push(pushers_[pusher]); }
  /// All have come. Valid until the next post.
  SummedPushes sum(Comm& comm, std::size_t step);
  /// Where to put a sum that somebody else has made.
  Slice room(std::size_t step) { return pushes_.message(pushers_.front(), step); }
  /// Takes the step, and decides whether it is the last: every shard sees every worker's loss, so all decide alike.
  void update(Comm& comm, const SummedPushes& sum, std::size_t step);
  bool stops() const { return pull_.stop; }
  /// Answers a worker with the parameters as they are; they must stay so until the answer is there.
  Op answer(Comm& comm, std::size_t pusher) {
    return comm.isend(pushers_[pusher], shard_.tag + 1, answer_, to_meta(pull_));
  }

 private:
  const Job& job_;
  Shard shard_;
  std::vector<int> pushers_;
  Buffer parameters_;
  Optimizer optimizer_;
  PushBox pushes_;
  std::optional<CodedChanges> told_;  // only with a codec
  Pull pull_;
  Slice answer_;
};

}  // namespace tandem::parameter_server
