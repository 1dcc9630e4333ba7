// A server's waiting for workers of whom some may die.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>

#include "algorithms/exchanges/dead_workers.h"
#include "core/comm.h"

namespace tandem::parameter_server {

class Survivors {
 public:
  /// All workers are alive, and so many of them may die. `mourned` is called after each death that is survived.
  Survivors(Comm& comm, std::size_t workers, int may_die, std::function<void(std::size_t worker)> mourned);

  /// Waits for one op, sets it to none and returns its place; nothing when none is posted. Place p is an op with worker
  /// p mod workers; those with a worker who has died are withdrawn. Throws RunFailed when more have died than may,
  /// PeerFailed where none may.
  std::optional<std::size_t> next_of(std::span<Op> ops);
  bool is_dead(std::size_t worker) const { return dead_.contains(worker); }

 private:
  Comm& comm_;
  std::size_t workers_;
  DeadWorkers dead_;
  std::function<void(std::size_t worker)> mourned_;
};

}  // namespace tandem::parameter_server
