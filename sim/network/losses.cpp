#include "sim/network/losses.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem::sim {
namespace {

constexpr double kSegment_bytes = 1460;  // what an Ethernet frame holds

// The link of a node is that of all its ranks. Inside a node nothing is lost.
bool concerns(const PacketLoss& loss, const Interconnect& interconnect, int from, int to) {
  const int source = interconnect.node_of(from), target = interconnect.node_of(to);
  if (loss.is_outage() || source == target) return false;
  for (const RankRange& range : loss.ranks.ranges) {
    for (int rank = range.first; rank <= range.last; rank += range.step) {
      const int node = interconnect.node_of(rank);
      if (node == source || node == target) return true;
    }
  }
  return false;
}

}  // namespace

double tcp_rate_bytes_per_s(double loss, double round_trip_s) {
  if (loss == 0 || round_trip_s == 0) return std::numeric_limits<double>::infinity();
  return kSegment_bytes / round_trip_s * std::sqrt(1.5 / loss);
}

std::vector<Slowdown> slowdowns_with_losses(const Network& network) {
  std::vector<Slowdown> slowdowns = network.slowdowns;
  for (const PacketLoss& loss : network.losses) {
    if (loss.is_outage()) continue;
    slowdowns.push_back(
        {.ranks = loss.ranks, .factor = 1 / (1 - loss.loss), .from_s = loss.from_s, .until_s = loss.until_s});
  }
  return slowdowns;
}

double loss_between(const std::vector<PacketLoss>& losses, const Interconnect& interconnect, int from, int to,
                    double date_s) {
  double arrives = 1;
  for (const PacketLoss& loss : losses) {
    const bool is_now = loss.from_s <= date_s && date_s < loss.until_s;
    if (is_now && concerns(loss, interconnect, from, to)) arrives *= 1 - loss.loss;
  }
  return 1 - arrives;
}

bool may_lose_between(const std::vector<PacketLoss>& losses, const Interconnect& interconnect, int from, int to) {
  return std::ranges::any_of(losses, [&](const PacketLoss& loss) { return concerns(loss, interconnect, from, to); });
}

}  // namespace tandem::sim
