// Integers of 8, 4 or 2 bits, packed from the lowest bit of each byte upwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace tandem {

/// Writes ceil(integers.size() * bits / 8) bytes; each integer is below 2^bits, and `bits` is 8, 4 or 2.
inline void pack(std::span<const std::uint8_t> integers, int bits, std::byte* bytes) {
  if (bits == 8) return static_cast<void>(std::memcpy(bytes, integers.data(), integers.size()));
  const std::size_t per_byte = 8 / static_cast<std::size_t>(bits);
  for (std::size_t i = 0; i < integers.size(); ++i) {
    std::byte& byte = bytes[i / per_byte];
    if (i % per_byte == 0) byte = {};
    byte |= static_cast<std::byte>(integers[i] << (i % per_byte) * static_cast<std::size_t>(bits));
  }
}

/// Reads what pack() wrote.
inline void unpack(const std::byte* bytes, int bits, std::span<std::uint8_t> integers) {
  if (bits == 8) return static_cast<void>(std::memcpy(integers.data(), bytes, integers.size()));
  const std::size_t per_byte = 8 / static_cast<std::size_t>(bits);
  for (std::size_t i = 0; i < integers.size(); ++i) {
    const auto byte = std::to_integer<unsigned>(bytes[i / per_byte]);
    integers[i] =
        static_cast<std::uint8_t>(byte >> (i % per_byte) * static_cast<std::size_t>(bits) & ((1U << bits) - 1));
  }
}

}  // namespace tandem
