#include "algorithms/exchanges/worker_clocks.h"

#include <algorithm>
#include <limits>

namespace tandem {

void WorkerClocks::end_step(int worker, bool is_last) {
  Worker& ending = workers_[static_cast<std::size_t>(worker)];
  ending = {.clock = ending.clock + 1, .has_ended = is_last};
  waiting_.push_back(worker);
}

void WorkerClocks::leave(int worker) {
  Worker& leaving = workers_[static_cast<std::size_t>(worker)];
  leaving.has_ended = leaving.has_left = true;
  std::erase(waiting_, worker);
}

std::vector<int> WorkerClocks::release() {
  std::size_t furthest = std::numeric_limits<std::size_t>::max();
  if (slack_) {
    for (const Worker& worker : workers_) {
      if (!worker.has_ended) furthest = std::min(furthest, worker.clock + static_cast<std::size_t>(*slack_));
    }
  }
  const auto still_waiting =
      std::partition(waiting_.begin(), waiting_.end(), [&](int worker) { return clock(worker) <= furthest; });
  std::vector<int> released(waiting_.begin(), still_waiting);
  waiting_.erase(waiting_.begin(), still_waiting);
  std::sort(released.begin(), released.end());
  return released;
}

bool WorkerClocks::all_have_ended() const {
  return std::all_of(workers_.begin(), workers_.end(), [](const Worker& worker) { return worker.has_ended; });
}

}  // namespace tandem
