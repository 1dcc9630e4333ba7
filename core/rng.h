// Random numbers as keyed streams: the same key gives the same numbers in every world, on every rank, in any order.
#pragma once

#include <cstdint>
#include <random>

namespace tandem {

/// What a stream is for. The value is part of the key, so never renumber.
enum class Purpose : std::uint32_t {
  initial_parameters = 1,
  shuffle = 2,
  synthetic_data = 3,
  partition = 4,
  compute_noise = 5,
  token = 6,
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

}  // namespace tandem
