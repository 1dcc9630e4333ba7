#include "algorithms/exchanges/survivors.h"

#include <algorithm>
#include <utility>

namespace tandem::parameter_server {

Survivors::Survivors(Comm& comm, std::size_t workers, int may_die, std::function<void(std::size_t worker)> mourned)
    : comm_(comm), workers_(workers), dead_(workers, may_die), mourned_(std::move(mourned)) {}

std::optional<std::size_t> Survivors::next_of(std::span<Op> ops) {
  while (std::any_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    try {
      return comm_.wait_any(ops);
    } catch (const PeerFailed& death) {
      const std::size_t worker = dead_.add(death);
      for (std::size_t place = worker; place < ops.size(); place += workers_) comm_.cancel(ops[place]);
      mourned_(worker);
    }
  }
  return std::nullopt;
}

}  // namespace tandem::parameter_server
