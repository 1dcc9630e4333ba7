#include "sim/coarse/ring_gates.h"

#include <algorithm>

namespace tandem::sim {

std::vector<Message*> RingGates::post(const RingBlock& block, int tag, Message& message) {
  Ring& ring = rings_[{tag, block.first}];
  const auto size = static_cast<std::uint32_t>(block.size), own = static_cast<std::uint32_t>(block.place);
  ring.places.resize(size);
  Place& place = ring.places[own];
  place.posted += 1;
  place.window = std::min(block.rounds, size);
  place.held = &message;
  place.missing = 0;
  ring.widest = std::max(ring.widest, place.window);
  for (std::uint32_t left = 1; left < place.window; ++left) {
    place.missing += ring.places[(own + size - left) % size].posted < place.posted;
  }
  std::vector<Message*> begin;
  if (place.missing == 0) begin.push_back(std::exchange(place.held, nullptr));

  for (std::uint32_t right = 1; right < ring.widest; ++right) {
    Place& other = ring.places[(own + right) % size];
    if (other.held == nullptr || other.posted != place.posted || right >= other.window) continue;
    if (--other.missing == 0) begin.push_back(std::exchange(other.held, nullptr));
  }
  return begin;
}

void RingGates::forget(const Message& message) {
  for (auto& [key, ring] : rings_) {
    for (Place& place : ring.places) {
      if (place.held == &message) place.held = nullptr;
    }
  }
}

}  // namespace tandem::sim
