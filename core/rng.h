// Random numbers as keyed streams: the same key gives the same numbers in every world, on every rank, in any order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace tandem {

/// What a stream is for. The value is part of the key, so never renumber.
enum class Purpose : std::uint32_t {
  initial_parameters = 1,
  shuffle = 2,
  synthetic_data = 3,
  partition = 4,
  compute_noise = 5,
  token = 6,
  coding = 7,
  neighbours = 8,
  clients = 9,
  failures = 10,
};

/// A generator for (seed, purpose, index, step). `index` is a rank, a layer or a row, as the purpose says.
inline std::mt19937_64 keyed_stream(std::uint64_t seed, Purpose purpose, std::uint64_t index = 0,
                                    std::uint64_t step = 0) {
  std::seed_seq key{static_cast<std::uint32_t>(seed),        static_cast<std::uint32_t>(seed >> 32),
                    static_cast<std::uint32_t>(purpose),     static_cast<std::uint32_t>(index),
                    static_cast<std::uint32_t>(index >> 32), static_cast<std::uint32_t>(step),
                    static_cast<std::uint32_t>(step >> 32)};
  return std::mt19937_64(key);
}

/// k of the numbers below `count` in ascending order, each set of them as likely as any other (Floyd's algorithm).
inline std::vector<std::size_t> draw_distinct(std::size_t k, std::size_t count, std::mt19937_64 stream) {
  std::vector<bool> is_drawn(count, false);
  for (std::size_t last = count - k; last < count; ++last) {
    const std::size_t number = stream() % (last + 1);
    is_drawn[is_drawn[number] ? last : number] = true;
  }
  std::vector<std::size_t> numbers;
  numbers.reserve(k);
  for (std::size_t number = 0; number < count; ++number) {
    if (is_drawn[number]) numbers.push_back(number);
  }
  return numbers;
}

}  // namespace tandem
