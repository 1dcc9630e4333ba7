// Every rounding decision of the 16-bit formats lies at a value of the format or half-way between two neighbours.
#include "core/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace tandem {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Format {
  std::uint16_t (*of)(float);
  float (*back)(std::uint16_t);
  std::uint16_t infinity;
  int fraction_bits, least_exponent;  ///< the last bit of a subnormal value is 2^(least_exponent - fraction_bits)
};
void PrintTo(const Format& format, std::ostream* out) { *out << format.fraction_bits << " bits of fraction"; }

constexpr Format kF16{f16_of, f32_of_f16, 0x7c00, 10, -14};
constexpr Format kBf16{bf16_of, f32_of_bf16, 0x7f80, 7, -126};

// What the bits mean by definition.
double value_of(const Format& format, int bits) {
  const int fraction = bits & ((1 << format.fraction_bits) - 1), exponent = bits >> format.fraction_bits;
  const int leading = exponent > 0 ? 1 << format.fraction_bits : 0;
  return std::ldexp(leading + fraction, format.least_exponent - format.fraction_bits + std::max(exponent - 1, 0));
}

class Half : public testing::TestWithParam<Format> {};

TEST_P(Half, EveryValueMeansWhatItsBitsSayAndComesBack) {
  const Format& format = GetParam();
  for (int bits = 0; bits < format.infinity; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits), negative = static_cast<std::uint16_t>(bits | 0x8000);
    ASSERT_EQ(format.back(half), value_of(format, bits)) << bits;
    ASSERT_EQ(format.back(negative), -value_of(format, bits)) << bits;
    ASSERT_EQ(format.of(format.back(half)), half) << bits;
    ASSERT_EQ(format.of(format.back(negative)), negative) << bits;
  }
  EXPECT_TRUE(std::signbit(format.back(0x8000)));
}

TEST_P(Half, RoundsToNearestAndTiesToEven) {
  const Format& format = GetParam();
  for (int bits = 0; bits < format.infinity; ++bits) {
    const int above = bits + 1, even = bits % 2 == 0 ? bits : above;
    // Above the largest value lies what would be the next one, were there a larger exponent.
    const double middle = (value_of(format, bits) + value_of(format, above)) / 2;
    const auto tie = static_cast<float>(middle);
    ASSERT_EQ(tie, middle) << "the middle is exact in f32";
    ASSERT_EQ(format.of(tie), even) << bits;
    ASSERT_EQ(format.of(std::nextafter(tie, 0.0F)), bits) << bits;
    ASSERT_EQ(format.of(std::nextafter(tie, kInfinity)), above) << bits;
    ASSERT_EQ(format.of(-tie), even | 0x8000) << bits;
  }
}

TEST_P(Half, KeepsInfinityAndNotANumber) {
  const Format& format = GetParam();
  EXPECT_EQ(format.of(kInfinity), format.infinity);
  EXPECT_EQ(format.of(-kInfinity), format.infinity | 0x8000);
  EXPECT_EQ(format.back(format.infinity), kInfinity);
  EXPECT_EQ(format.of(std::numeric_limits<float>::max()), format.infinity);
  // Quiet ones, and those whose fraction would round up to infinity or lies below the bits that are kept.
  for (const std::uint32_t bits : {0x7fc00000U, 0x7fffffffU, 0x7f800001U, 0xff800001U, 0xffffffffU}) {
    EXPECT_TRUE(std::isnan(format.back(format.of(std::bit_cast<float>(bits))))) << bits;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Half, testing::Values(kF16, kBf16),
                         [](const auto& test) { return test.param.infinity == kF16.infinity ? "f16" : "bf16"; });

TEST(F16, IsInfiniteFrom65520On) {
  EXPECT_EQ(f32_of_f16(f16_of(std::nextafter(65520.0F, 0.0F))), 65504.0F);
  EXPECT_EQ(f32_of_f16(f16_of(65520.0F)), kInfinity);
}

// The loops over arrays may use instructions of the processor's own; a single value never fills one.
TEST(F16, ArraysHaveTheBitsOfSingleValues) {
  constexpr std::size_t kAll = 65536, kStride = 40503;  // odd, so that every pattern is added to another one
  std::vector<std::uint16_t> from(kAll), sums(kAll), halves(kAll);
  std::vector<float> values(kAll), totals(kAll, 0.75F);
  for (std::size_t i = 0; i < kAll; ++i) {
    from[i] = static_cast<std::uint16_t>(i), sums[i] = static_cast<std::uint16_t>(i * kStride + 1);
    // Half-way between two neighbours, and just beside it; among the rest are infinity, and what is no number.
    const std::uint32_t nearby[] = {0x0fffU, 0x1000U, 0x1001U, 0x0001U};
    values[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(f32_of_f16(from[i])) + nearby[i % 4]);
  }
  const std::vector<std::uint16_t> before = sums;
  add_f16(sums.data(), from.data(), kAll);
  scale_to_f16(0.5F, values.data(), halves.data(), kAll);
  add_scaled_f16(4.0F, from.data(), totals.data(), kAll);
  for (std::size_t i = 0; i < kAll; ++i) {
    if (std::isnan(f32_of_f16(from[i])) && std::isnan(f32_of_f16(before[i]))) continue;  // either may be the sum
    ASSERT_EQ(sums[i], f16_of(f32_of_f16(before[i]) + f32_of_f16(from[i]))) << before[i] << " + " << from[i];
    ASSERT_EQ(halves[i], f16_of(0.5F * values[i])) << values[i];
    ASSERT_EQ(std::bit_cast<std::uint32_t>(totals[i]),
              std::bit_cast<std::uint32_t>(0.75F + 4.0F * f32_of_f16(from[i])));
  }
}

}  // namespace
}  // namespace tandem
