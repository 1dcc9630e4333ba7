// Parts of a vector that follow each other around, as collectives with a root or with doubling rounds send them: the
// part behind the last is the first, so they lie in one or in two places.
#pragma once

#include <vector>

#include "algorithms/collectives/collective.h"

namespace tandem {

/// The places of `number` of the `size` even parts of a vector of `count` values, from part `first` on (modulo size);
/// two where they go around its end.
inline std::vector<Range> cyclic_parts(std::size_t count, int size, int first, int number) {
  const auto place = [&](int part) {
    return even_part(count, static_cast<std::size_t>(size), static_cast<std::size_t>(part)).begin;
  };
  const int begin = first % size, end = begin + number;
  if (number == 0) return {};
  if (end <= size) return {{place(begin), end == size ? count : place(end)}};
  return {{place(begin), count}, {0, place(end - size)}};
}

/// What sending them takes: a message for each place.
inline Traffic sent_parts(std::size_t count, int size, int first, int number) {
  Traffic traffic;
  for (const Range& range : cyclic_parts(count, size, first, number)) {
    traffic.messages_sent += 1;
    traffic.bytes_sent += value_bytes(range.size());
  }
  return traffic;
}

inline Traffic reversed(const Traffic& traffic) {
  return {traffic.messages_received, traffic.bytes_received, traffic.messages_sent, traffic.bytes_sent,
          traffic.bytes_kept};
}

}  // namespace tandem
