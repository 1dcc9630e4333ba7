// Who may go on: the rule of stale-synchronous parallel training (Ho et al. 2013) as a table of the workers' clocks.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace tandem {

/// A worker's clock is the number of steps that it has ended. With slack s a worker may begin another step while its
/// clock is at most s ahead of the slowest worker's that still trains; without a slack it always may.
class WorkerClocks {
 public:
  WorkerClocks(int workers, std::optional<int> slack) : workers_(static_cast<std::size_t>(workers)), slack_(slack) {}

  /// Every worker has ended so many steps, its last one or not, and waits for nothing.
  void begin_at(std::size_t steps, bool has_ended) { workers_.assign(workers_.size(), {steps, has_ended}); }
  /// The worker has ended a step, its last one or not, and waits for an answer.
  void end_step(int worker, bool is_last);
  /// The worker ends no further step, and waits for nothing.
  void leave(int worker);
  /// Those who wait and may go on, in rank order. They no longer wait.
  std::vector<int> release();

  std::size_t clock(int worker) const { return workers_[static_cast<std::size_t>(worker)].clock; }
  bool has_left(int worker) const { return workers_[static_cast<std::size_t>(worker)].has_left; }
  bool has_ended(int worker) const { return workers_[static_cast<std::size_t>(worker)].has_ended; }
  bool all_have_ended() const;

 private:
  struct Worker {
    std::size_t clock = 0;
    bool has_ended = false;
    bool has_left = false;
  };
  std::vector<Worker> workers_;
  std::vector<int> waiting_;
  std::optional<int> slack_;
};

}  // namespace tandem
