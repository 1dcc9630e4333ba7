// Features that a file has as bytes are kept as bytes: what is read of them is what floats would hold, to the bit.
#include "algorithms/data/row_features.h"

#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "tests/algorithms/errors_of.h"

namespace tandem {
namespace {

constexpr std::size_t kRows = 13, kWidth = 7;

std::vector<std::uint8_t> some_bytes() {
  std::mt19937_64 stream(3);
  std::vector<std::uint8_t> bytes(kRows * kWidth);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(stream() % 256);
  for (std::size_t row = 0; row < kRows; ++row) bytes[row * kWidth + 2] = 77;  // a constant column
  return bytes;
}

std::vector<float> as_floats(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

void expect_equal(const std::vector<float>& one, const std::vector<float>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(one[i]), std::bit_cast<std::uint32_t>(other[i])) << "value " << i;
}

TEST(RowFeatures, BytesAreTheirNumbers) { expect_equal(RowFeatures(some_bytes()).values(), as_floats(some_bytes())); }

TEST(RowFeatures, BytesAreTransformedAsFloatsAre) {
  for (const double scale : {1.0, 1.0 / 255, -3.7}) {
    RowFeatures bytes(some_bytes()), floats(as_floats(some_bytes()));
    const Scaling scaling = bytes.standard_scaling(kWidth, scale);
    EXPECT_EQ(scaling.means, floats.standard_scaling(kWidth, scale).means);
    EXPECT_EQ(scaling.deviations, floats.standard_scaling(kWidth, scale).deviations);
    EXPECT_EQ(scaling.deviations[2], 1) << "constant";
    bytes.transform(scaling);
    floats.transform(scaling);
    expect_equal(bytes.values(), floats.values());

    RowFeatures last_of_bytes = bytes.split_off(9 * kWidth), last_of_floats = floats.split_off(9 * kWidth);
    expect_equal(bytes.values(), floats.values());
    EXPECT_EQ(last_of_bytes.size(), 4 * kWidth);
    expect_equal(last_of_bytes.values(), last_of_floats.values());
  }
}

TEST(RowFeatures, SomeRowsAreCopiedOrPointedAt) {
  for (RowFeatures features : {RowFeatures(some_bytes()), RowFeatures(as_floats(some_bytes()))}) {
    features.transform(features.standard_scaling(kWidth, 0.5));
    const std::vector<float> all = features.values();
    const std::vector<float> expected(all.begin() + 3 * kWidth, all.begin() + 8 * kWidth);
    std::vector<float> copied(5 * kWidth), room;
    features.copy_rows(3, 5, kWidth, copied.data());
    expect_equal(copied, expected);
    const float* rows = features.rows(3, 5, kWidth, room);
    expect_equal({rows, rows + 5 * kWidth}, expected);
  }
}

TEST(RowFeatures, WhatIsNotFiniteIsRefusedWhereItStands) {
  std::vector<std::uint8_t> bytes(kRows * kWidth, 0);
  bytes[4 * kWidth + 5] = 200;
  const Scaling scaling{1e37, std::vector<double>(kWidth, 0.0), std::vector<double>(kWidth, 1.0)};
  for (RowFeatures features : {RowFeatures(bytes), RowFeatures(as_floats(bytes))}) {
    EXPECT_EQ(usage_error_of([&] { features.transform(scaling); }),
              "workload.data.scale is 1e+37: feature 5 of row 4 is not finite after it");
  }
  bytes[4 * kWidth + 5] = 30;  // 255 would be too large, but there is none
  RowFeatures features(bytes);
  features.transform(scaling);
  EXPECT_FLOAT_EQ(features.values()[4 * kWidth + 5], 3e38F);
}

}  // namespace
}  // namespace tandem
