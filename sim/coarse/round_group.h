// The ranks that play rounds together, and how they lie to each other.
#pragma once

#include <numeric>
#include <tuple>

#include "core/rounds.h"

namespace tandem::sim {

/// Names a group in its pattern.
using RoundGroup = std::tuple<int, int, int, bool>;

inline RoundGroup group_of(const RoundsAt& at) {
  return {at.pattern.tag, at.first, at.pattern.stride, at.pattern.is_ring};
}

inline constexpr int kNoPlace = -1;

/// The place that is `steps` steps to the right (or, below 0, to the left) of a place; kNoPlace beyond the ends of a
/// chain.
inline int place_at(const RoundsAt& at, int place, int steps) {
  const int shifted = place + steps * at.pattern.stride;
  if (at.pattern.is_ring) return (shifted % at.size + at.size) % at.size;
  return 0 <= shifted && shifted < at.size ? shifted : kNoPlace;
}

/// The next place to the right (step 1) or to the left (step -1); it divides only where places come round.
inline int next_place(const RoundsAt& at, int place, int step) {
  const int shifted = place + step * at.pattern.stride;
  return 0 <= shifted && shifted < at.size ? shifted : place_at(at, place, step);
}

/// How many places lead to one another before they come round, or to the end.
inline int places_in_line(const RoundsAt& at) { return at.size / std::gcd(at.size, at.pattern.stride); }

}  // namespace tandem::sim
