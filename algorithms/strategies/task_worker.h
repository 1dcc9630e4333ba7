// Work in pieces: a batch is cut into tasks, and a worker computes whichever of them it has come to hold.
#pragma once

#include <cstdint>
#include <vector>

#include "algorithms/model/replica.h"

namespace tandem {

/// Parts that the global batch of a step is cut into.
struct TaskOptions {
  int tasks = 16;
};
OptionTable task_options();
std::size_t tasks_of(const Job& job);
/// Why a batch cannot be cut so, for people; empty when it can.
std::optional<std::string> task_refusal(const Job& job);

class TaskWorker {
 public:
  TaskWorker(const Comm& comm, const Job& job);

  Replica& replica() { return replica_; }
  /// The gradients start from zero again.
  void begin() { replica_.begin_step(); }
  /// Adds the task's gradient to the replica's. Returns its share of the mean loss over the global batch.
  double compute(Comm& comm, std::size_t step, std::size_t task);
  /// The gradients are zero: nothing was computed.
  void clear(Comm& comm);
  /// Samples of a task.
  std::size_t samples(std::size_t task) const;

 private:
  Range range_of(std::size_t task) const;

  const Job& job_;
  Replica replica_;
  Pass pass_;
  std::vector<std::uint32_t> rows_;  // the rows of the step that was last computed for
  std::size_t step_ = 0;
};

}  // namespace tandem
