#include "algorithms/exchanges/survivors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/errors.h"

namespace tandem::parameter_server {

Survivors::Survivors(Comm& comm, std::size_t workers, int may_die, std::function<void(std::size_t worker)> mourned)
    : comm_(comm), is_dead_(workers, false), may_die_(may_die), mourned_(std::move(mourned)) {}

std::optional<std::size_t> Survivors::next_of(std::span<Op> ops) {
  while (std::any_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    try {
      return comm_.wait_any(ops);
    } catch (const PeerFailed& death) {
      if (may_die_ == 0) throw;
      const auto worker = static_cast<std::size_t>(death.rank());
      for (std::size_t place = worker; place < ops.size(); place += is_dead_.size()) comm_.cancel(ops[place]);
      mourn(worker);
      mourned_(worker);
    }
  }
  return std::nullopt;
}

void Survivors::mourn(std::size_t worker) {
  is_dead_[worker] = true;
  const auto dead = std::count(is_dead_.begin(), is_dead_.end(), true);
  if (dead <= may_die_) return;
  throw RunFailed(fmt::format("worker {} has died: with it {} of {} workers, and the run survives the death of {}",
                              worker, dead, is_dead_.size(), may_die_));
}

}  // namespace tandem::parameter_server
