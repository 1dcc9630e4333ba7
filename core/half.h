// The two 16-bit floating-point formats, as bit patterns. Conversions from f32 round to nearest, ties to even, and keep
// subnormal values; they have no branches, so that the loops that call them are vectorised. What is no number stays so,
// with the upper bits of its fraction: processors with instructions for binary16 (F16C) give the same bits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace tandem {

inline constexpr std::uint32_t kF32Sign = 0x80000000, kF32Infinity = 0x7f800000;

/// IEEE binary16: 5 bits of exponent, 10 of fraction. Values of 65520 and above become infinite.
inline std::uint16_t f16_of(float value) {
  constexpr std::uint32_t kRebias = (127U - 15U) << 23;
  constexpr std::uint32_t kFirstNormal = (127U - 14U) << 23, kBeyondLargest = (127U + 16U) << 23;
  constexpr float kHalf = 0.5F;  // its last bit is the smallest subnormal f16: the sum is rounded where it must be
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & ~kF32Sign;
  const std::uint32_t is_odd = magnitude >> 13 & 1U;
  const std::uint32_t normal = (magnitude - kRebias + 0xfff + is_odd) >> 13;
  const std::uint32_t subnormal =
      std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) + kHalf) - std::bit_cast<std::uint32_t>(kHalf);
  const std::uint32_t not_finite = magnitude > kF32Infinity ? 0x7e00 | (magnitude >> 13 & 0x3ff) : 0x7c00;
  const std::uint32_t finite = magnitude < kFirstNormal ? subnormal : normal;
  return static_cast<std::uint16_t>((magnitude < kBeyondLargest ? finite : not_finite) | (bits & kF32Sign) >> 16);
}

inline float f32_of_f16(std::uint16_t half) {
  constexpr float kRebias = 0x1p112F;  // the product is exact, and makes subnormal f16 normal f32
  const std::uint32_t magnitude = half & 0x7fffU;
  const auto finite = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude << 13) * kRebias);
  const std::uint32_t quiet_nan = magnitude > 0x7c00 ? 0x400000 : 0;
  const std::uint32_t bits = magnitude < 0x7c00 ? finite : finite | kF32Infinity | quiet_nan;
  return std::bit_cast<float>(bits | (half & 0x8000U) << 16);
}

/// into[i] += from[i] for `count` values of binary16, each sum rounded. The arrays are apart.
void add_f16(std::uint16_t* into, const std::uint16_t* from, std::size_t count);
/// half[i] = scale * from[i], rounded.
void scale_to_f16(float scale, const float* from, std::uint16_t* half, std::size_t count);
/// into[i] += scale * half[i], in f32.
void add_scaled_f16(float scale, const std::uint16_t* half, float* into, std::size_t count);

/// bfloat16: the upper 16 bits of an f32. A NaN is kept apart, because rounding its bits could make it infinity.
inline std::uint16_t bf16_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1U);
  const std::uint32_t quiet_nan = bits | 0x400000;
  return static_cast<std::uint16_t>(((bits & ~kF32Sign) > kF32Infinity ? quiet_nan : rounded) >> 16);
}

inline float f32_of_bf16(std::uint16_t upper) { return std::bit_cast<float>(static_cast<std::uint32_t>(upper) << 16); }

}  // namespace tandem
