// Which workers are known to have died, of whom some may.
#pragma once

#include <cstddef>
#include <vector>

#include "core/errors.h"

namespace tandem {

class DeadWorkers {
 public:
  /// All are alive, and so many of them may die.
  DeadWorkers(std::size_t workers, int may_die) : is_dead_(workers, false), may_die_(may_die) {}

  /// A wait has told of a death. Returns whose. Throws RunFailed when more have died than may, and the death itself
  /// where none may.
  std::size_t add(const PeerFailed& death);
  bool contains(std::size_t worker) const { return is_dead_[worker]; }

 private:
  std::vector<bool> is_dead_;
  int may_die_;
};

}  // namespace tandem
