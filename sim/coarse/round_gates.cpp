#include "sim/coarse/round_gates.h"

#include <algorithm>

namespace tandem::sim {

std::vector<Message*> RoundGates::post(const RoundsAt& at, int rounds, Message& message) {
  Group& group = groups_[message_group_of(at)];
  const auto size = static_cast<std::size_t>(at.size), own = static_cast<std::size_t>(at.place);
  group.posted.resize(size), group.held.resize(size), group.waits.resize(size);
  const std::uint32_t posted = ++group.posted[own];
  const int window = std::min(rounds, places_in_line(at));
  group.widest = std::max(group.widest, window);
  int missing = 0, place = at.place;
  for (int left = 1; left < window && (place = next_place(at, place, -1)) != kNoPlace; ++left) {
    missing += group.posted[static_cast<std::size_t>(place)] < posted;
  }
  group.waits[own] = {window, missing};
  std::vector<Message*> begin;
  if (missing == 0) {
    begin.push_back(&message);
  } else {
    group.held[own] = &message;
  }

  place = at.place;
  for (int right = 1; right < group.widest && (place = next_place(at, place, 1)) != kNoPlace; ++right) {
    const auto other = static_cast<std::size_t>(place);
    if (group.held[other] == nullptr || group.posted[other] != posted || right >= group.waits[other].window) continue;
    if (--group.waits[other].missing == 0) begin.push_back(std::exchange(group.held[other], nullptr));
  }
  return begin;
}

void RoundGates::forget(const Message& message) {
  for (auto& [key, group] : groups_) {
    for (Message*& held : group.held) {
      if (held == &message) held = nullptr;
    }
  }
}

}  // namespace tandem::sim
