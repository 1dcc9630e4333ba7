// A server's shard under asynchronous training: it takes in whatever gradients have arrived, whenever it must answer.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/parameter_server.h"

namespace tandem::parameter_server {

class AsyncShard {
 public:
  /// `job` and `recorder`, which is told of every update, outlive the shard.
  AsyncShard(Comm& comm, const Job& job, Range range, Recorder& recorder);

  /// Posts the receive of a worker's next push.
  Op post(Comm& comm, int worker) { return pushes_.post(comm, worker); }
  /// The worker's push is here: it is part of the next update. `clock`: the steps that it had ended before.
  Push arrive(int worker, std::size_t clock);
  /// Applies what has arrived since the last time: the sum in rank order, as one update.
  void apply_what_arrived(Comm& comm);
  /// Sends the parameters to a worker whose push was applied. The answer is a copy, in the buffer that the push came
  /// in: the next update need not wait for a slow receiver. Until it completes the worker's next push must not be
  /// posted.
  Op answer(Comm& comm, int worker, bool stop);
  /// The sum of the workers' latest shares; infinite before everyone has pushed.
  double loss() const;

  Slice parameters() const { return parameters_; }

 private:
  struct Arrival {
    int worker = 0;
    std::size_t clock = 0;
  };
  const Job& job_;
  Range range_;
  Recorder& recorder_;
  Buffer parameters_;
  Optimizer optimizer_;
  PushBox pushes_;
  std::vector<double> losses_;    // each worker's latest share
  std::vector<Arrival> arrived_;  // not yet in the parameters
  std::int64_t version_ = 0;      // pushes applied
};

}  // namespace tandem::parameter_server
