// The master of a master and its workers: who holds which task of the step, and the sum of their gradients.
#pragma once

#include <vector>

#include "algorithms/job.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/training.h"

namespace tandem::master {

inline constexpr int kDealTag = 1, kParametersTag = 2, kPushTag = 3;

struct MasterOptions {
  bool reassign = true;
};
OptionTable master_options();

/// Tells a worker what to do next.
struct Dealt {
  std::size_t step = 0;
  std::int64_t task = -1;  ///< none: the run is over
};
/// Rides on a push.
struct Done {
  std::size_t step = 0;
  std::int64_t task = 0;
  double loss = 0;  ///< the task's share
};
Meta to_meta(const Dealt& dealt);
Dealt dealt_from(const Meta& meta);
Meta to_meta(const Done& done);
Done done_from(const Meta& meta);

class Master {
 public:
  Master(Comm& comm, const Job& job, Training& training);
  /// Deals out the step's tasks until all have been pushed, then updates.
  StepEnd step(std::size_t number);
  /// Sends the workers home, each when its last push has come.
  void end();

 private:
  struct Task {
    int holders = 0;
    bool is_done = false;
    Buffer early;  ///< its gradient, while one before it is missing
  };
  /// What one worker is given, and gives.
  struct Worker {
    Buffer room;            ///< for a push, or the parameters on their way
    Meta push;              ///< the header of what came
    std::size_t knows = 0;  ///< the step whose parameters it has, and one; 0: none
    std::int64_t holds = -1;
  };
  enum { kDeal, kParameters, kPush, kOperations };
  Op& op(std::size_t worker, int which) { return ops_[worker * kOperations + static_cast<std::size_t>(which)]; }

  void deal(std::size_t worker);
  void take(std::size_t worker);
  void add_in_order(std::size_t task, Buffer& gradient);
  std::int64_t next_task();
  std::size_t await_push();

  Comm& comm_;
  const Job& job_;
  Buffer parameters_, sum_;
  Optimizer optimizer_;
  std::vector<Worker> workers_;
  std::vector<Task> tasks_;  // the step's, dealt out in their order
  std::size_t step_ = 0, dealt_ = 0, added_ = 0, done_ = 0;
  double loss_ = 0;
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem::master
