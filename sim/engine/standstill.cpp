#include "sim/engine/standstill.h"

#include <fmt/format.h>

#include <utility>

#include "sim/network/routes.h"

namespace tandem::sim {

Standstill::Standstill(int ranks, std::shared_ptr<const Interconnect> interconnect)
    : interconnect_(std::move(interconnect)),
      hosts_(static_cast<std::size_t>(ranks)),
      links_(static_cast<std::size_t>(ranks)) {}

void Standstill::change_host(int rank, bool begins) {
  const int change = begins ? 1 : -1;
  hosts_[static_cast<std::size_t>(rank)] += change;
  all_ += change;
}

void Standstill::change_links(const RankSet& ranks, bool begins) {
  const int change = begins ? 1 : -1;
  std::vector<bool> is_changed(links_.size(), false);
  for (int rank = 0; rank < static_cast<int>(hosts_.size()); ++rank) {
    const auto node = static_cast<std::size_t>(node_of(rank));
    if (!ranks.contains(rank) || is_changed[node]) continue;
    is_changed[node] = true;
    links_[node] += change;
    all_ += change;
  }
}

bool Standstill::holds(const Route& route) const {
  if (all_ == 0 || route.from_rank == route.to_rank) return false;
  if (host_hangs(route.from_rank) || host_hangs(route.to_rank)) return true;
  const auto source = static_cast<std::size_t>(node_of(route.from_rank));
  const auto target = static_cast<std::size_t>(node_of(route.to_rank));
  return source != target && (links_[source] > 0 || links_[target] > 0);
}

std::string Standstill::text() const {
  std::string text;
  for (int rank = 0; rank < static_cast<int>(hosts_.size()); ++rank) {
    if (host_hangs(rank)) text += fmt::format("; rank {} did not answer: its host hangs", rank);
    if (links_[static_cast<std::size_t>(node_of(rank))] > 0) text += fmt::format("; the link of rank {} is down", rank);
  }
  return text;
}

}  // namespace tandem::sim
