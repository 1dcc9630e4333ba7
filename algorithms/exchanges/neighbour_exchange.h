// A worker's messages to and from its neighbours in a step, of whom some may die.
#pragma once

#include <vector>

#include "algorithms/exchanges/dead_workers.h"
#include "algorithms/job.h"
#include "core/comm.h"

namespace tandem {

class NeighbourExchange {
 public:
  explicit NeighbourExchange(const Job& job);

  /// What each of the others sends while it gets this message, one behind the other, in scratch of `comm`. What a
  /// worker has sent whole before it died is there; for who died before that stands this worker's own message, and
  /// nobody asks it any more.
  Slice run(Comm& comm, const std::vector<int>& others, Slice message);

 private:
  DeadWorkers dead_;
};

}  // namespace tandem
