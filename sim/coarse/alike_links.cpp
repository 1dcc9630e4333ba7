#include "sim/coarse/alike_links.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace tandem::sim {
namespace {

bool may_be_alike(const Network& network, const Interconnect* interconnect) {
  return interconnect != nullptr && interconnect->fabric().never_blocks() &&
         interconnect->fabric().nodes_have_links() && network.slowdowns.empty() && network.background.empty() &&
         network.losses.empty();
}

}  // namespace

AlikeLinks::AlikeLinks(const Network& network, std::shared_ptr<const Interconnect> interconnect)
    : interconnect_(may_be_alike(network, interconnect.get()) ? std::move(interconnect) : nullptr) {}

Range AlikeLinks::distances(const RoundsAt& at) const {
  if (interconnect_ == nullptr) return {};
  std::map<int, std::vector<int>> places_of;  // by node
  for (int place = 0; place < at.size; ++place) places_of[interconnect_->node_of(at.rank_at(place))].push_back(place);
  const auto& [first_node, first_places] = *places_of.begin();
  const double bandwidth = interconnect_->fabric().node_bandwidth_bytes_per_s(first_node);
  int nearest = 1;  // distance at which no two are on one node, neither this way around nor the other
  for (const auto& [node, places] : places_of) {
    if (places.size() != first_places.size()) return {};
    if (interconnect_->fabric().node_bandwidth_bytes_per_s(node) != bandwidth) return {};
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t j = i + 1; j < places.size(); ++j) {
        const int apart = places[j] - places[i];
        nearest = std::max(nearest, 1 + std::min(apart, at.size - apart));
      }
    }
    if (2 * nearest > at.size) return {};
  }
  return {static_cast<std::size_t>(nearest), static_cast<std::size_t>(at.size - nearest + 1)};
}

}  // namespace tandem::sim
