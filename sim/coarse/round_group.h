// The ranks that play rounds together, and how they lie to each other.
#pragma once

#include <numeric>
#include <tuple>

#include "core/rounds.h"

namespace tandem::sim {

/// The name of a group: its pattern. The last number is the first round that a message stands for, where several
/// messages per rank are under way at once and each has gates or values of its own.
using RoundGroup = std::tuple<int, int, int, int, bool, int>;

inline RoundGroup group_of(const RoundsAt& at) {
  return {at.pattern.tag, at.first, at.pattern.stride, at.pattern.shift, at.pattern.is_ring, 0};
}
inline RoundGroup message_group_of(const RoundsAt& at) {
  RoundGroup group = group_of(at);
  if (at.pattern.at_once) std::get<5>(group) = at.round;
  return group;
}

inline constexpr int kNoPlace = -1;

/// From a place to the one that matters next to it: that of its partner, or, where partners move on, that of the rank
/// which sends to the same partner one round later.
inline int step_of(const RoundsAt& at) { return at.pattern.shift != 0 ? at.pattern.shift : at.pattern.stride; }

/// The place that is `steps` steps to the right (or, below 0, to the left) of a place; kNoPlace beyond the ends of a
/// chain.
inline int place_at(const RoundsAt& at, int place, int steps) {
  const int shifted = place + steps * step_of(at);
  if (at.pattern.is_ring) return (shifted % at.size + at.size) % at.size;
  return 0 <= shifted && shifted < at.size ? shifted : kNoPlace;
}

/// The next place to the right (step 1) or to the left (step -1); it divides only where places come round.
inline int next_place(const RoundsAt& at, int place, int step) {
  const int shifted = place + step * step_of(at);
  return 0 <= shifted && shifted < at.size ? shifted : place_at(at, place, step);
}

/// How many places lead to one another before they come round, or to the end.
inline int places_in_line(const RoundsAt& at) { return at.size / std::gcd(at.size, step_of(at)); }

}  // namespace tandem::sim
