#include "algorithms/exchanges/dead_workers.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {

std::size_t DeadWorkers::add(const PeerFailed& death) {
  if (may_die_ == 0) throw death;
  const auto worker = static_cast<std::size_t>(death.rank());
  is_dead_[worker] = true;
  const auto dead = std::count(is_dead_.begin(), is_dead_.end(), true);
  if (dead <= may_die_) return worker;
  throw RunFailed(fmt::format("worker {} has died: with it {} of {} workers, and the run survives the death of {}",
                              worker, dead, is_dead_.size(), may_die_));
}

}  // namespace tandem
