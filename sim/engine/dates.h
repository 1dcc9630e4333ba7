// What happens at a date, in a heap with the first in front; of one date, what was put in first.
#pragma once

namespace tandem::sim {

/// Orders a heap (std::push_heap, std::pop_heap) of structs with `date_s` and `sequence`.
inline constexpr auto kLater = [](const auto& one, const auto& other) {
  return one.date_s != other.date_s ? one.date_s > other.date_s : one.sequence > other.sequence;
};

}  // namespace tandem::sim
