#include "sim/coarse/round_gates.h"

#include <algorithm>

namespace tandem::sim {

std::vector<Message*> RoundGates::post(const RoundsAt& at, int rounds, Message& message) {
  Group& group = groups_[group_of(at)];
  group.places.resize(static_cast<std::size_t>(at.size));
  const auto place_of = [&](int steps) -> Place* {
    const int place = place_at(at, at.place, steps);
    return place == kNoPlace ? nullptr : &group.places[static_cast<std::size_t>(place)];
  };
  Place& own = *place_of(0);
  own.posted += 1;
  own.window = std::min(rounds, places_in_line(at));
  own.held = &message;
  own.missing = 0;
  group.widest = std::max(group.widest, own.window);
  for (int left = 1; left < own.window; ++left) {
    const Place* other = place_of(-left);
    if (other == nullptr) break;
    own.missing += other->posted < own.posted;
  }
  std::vector<Message*> begin;
  if (own.missing == 0) begin.push_back(std::exchange(own.held, nullptr));

  for (int right = 1; right < group.widest; ++right) {
    Place* other = place_of(right);
    if (other == nullptr) break;
    if (other->held == nullptr || other->posted != own.posted || right >= other->window) continue;
    if (--other->missing == 0) begin.push_back(std::exchange(other->held, nullptr));
  }
  return begin;
}

void RoundGates::forget(const Message& message) {
  for (auto& [key, group] : groups_) {
    for (Place& place : group.places) {
      if (place.held == &message) place.held = nullptr;
    }
  }
}

}  // namespace tandem::sim
