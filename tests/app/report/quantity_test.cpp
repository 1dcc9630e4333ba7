#include "app/figures/quantity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tandem {
namespace {

TEST(Quantity, HasThreeDigitsAndAPrefix) {
  EXPECT_EQ(human_quantity(0, "s"), "0 s");
  EXPECT_EQ(human_quantity(0.002134, "s"), "2.13 ms");
  EXPECT_EQ(human_quantity(21.34e-6, "s"), "21.3 us");
  EXPECT_EQ(human_quantity(213.4, "s"), "213 s");
  EXPECT_EQ(human_quantity(51234, "samples/s"), "51.2k");
  EXPECT_EQ(human_quantity(850, "samples/s"), "850");
  EXPECT_EQ(human_quantity(1, "B"), "1.00 B");
  EXPECT_EQ(human_quantity(7.5e6, "B"), "7.50 MB");
}

TEST(Quantity, RoundsUpIntoTheNextPrefix) {
  EXPECT_EQ(human_quantity(0.9996, "s"), "1.00 s");
  EXPECT_EQ(human_quantity(999.6, ""), "1.00k");
  EXPECT_EQ(human_quantity(999.4, ""), "999");
  EXPECT_EQ(human_quantity(99.96, ""), "100");
}

TEST(Quantity, SmallPlainNumbersKeepTheirDigits) {
  EXPECT_EQ(human_quantity(0.25, ""), "0.250");
  EXPECT_EQ(human_quantity(0.0012345, ""), "0.00123");
}

TEST(Quantity, NotMeasuredIsADash) {
  EXPECT_EQ(human_quantity(std::nan(""), "s"), "-");
  EXPECT_EQ(human_quantity(INFINITY, ""), "inf");
}

TEST(Quantity, TicksOfAnAxisShareThePrefixOfItsEnd) {
  EXPECT_EQ(tick_text(0.5, "s", 2), "0.5 s");
  EXPECT_EQ(tick_text(0, "s", 0.04), "0 ms");
  EXPECT_EQ(tick_text(20000, "s", 70000), "20000 s");
  EXPECT_EQ(tick_text(500, "samples/s", 2000), "0.5k");
  EXPECT_EQ(tick_text(0, "samples/s", 2000), "0");
}

}  // namespace
}  // namespace tandem
