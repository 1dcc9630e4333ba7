#include "algorithms/exchanges/neighbour_exchange.h"

#include <algorithm>

#include "algorithms/exchanges/backup_option.h"

namespace tandem {

NeighbourExchange::NeighbourExchange(const Job& job)
    : dead_(static_cast<std::size_t>(job.workers), deaths_survived(job.strategy)) {}

Slice NeighbourExchange::run(Comm& comm, const std::vector<int>& others, Slice message) {
  constexpr int kTag = 1;
  const Slice theirs = comm.scratch(others.size() * message.count, message.element);
  std::vector<bool> is_missing(others.size(), true);
  std::vector<Op> ops(2 * others.size());
  const CancelGuard guard(comm, ops);
  for (std::size_t i = 0; i < others.size(); ++i) {
    if (dead_.contains(static_cast<std::size_t>(others[i]))) continue;
    ops[2 * i] = comm.irecv(others[i], kTag, theirs.part(i * message.count, message.count));
    ops[2 * i + 1] = comm.isend(others[i], kTag, message);
  }
  while (std::any_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    try {
      const std::size_t done = comm.wait_any(ops);
      if (done % 2 == 0) is_missing[done / 2] = false;
    } catch (const PeerFailed& death) {
      dead_.add(death);
    }
  }
  for (std::size_t i = 0; i < others.size(); ++i) {
    const Slice room = theirs.part(i * message.count, message.count);
    const auto copy = [&] { std::copy_n(message.address, message.bytes(), room.address); };
    if (is_missing[i]) comm.compute({.memory_bytes = 2.0 * static_cast<double>(message.bytes())}, copy);
  }
  return theirs;
}

}  // namespace tandem
