#include "algorithms/strategies/worker_clocks.h"

#include <algorithm>
#include <limits>

namespace tandem {

void WorkerClocks::end_step(int worker, bool is_last) {
  Worker& ending = workers_[static_cast<std::size_t>(worker)];
  ending = {.clock = ending.clock + 1, .is_waiting = true, .has_ended = is_last};
}

std::vector<int> WorkerClocks::release() {
  std::size_t furthest = std::numeric_limits<std::size_t>::max();
  if (slack_) {
    for (const Worker& worker : workers_) {
      if (!worker.has_ended) furthest = std::min(furthest, worker.clock + static_cast<std::size_t>(*slack_));
    }
  }
  std::vector<int> released;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    if (!workers_[w].is_waiting || workers_[w].clock > furthest) continue;
    workers_[w].is_waiting = false;
    released.push_back(static_cast<int>(w));
  }
  return released;
}

bool WorkerClocks::all_have_ended() const {
  return std::all_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.has_ended; });
}

}  // namespace tandem
