// How close simulated times are to what they must equal: neither the model nor the tests approximate anything.
#pragma once

#include <gtest/gtest.h>

namespace tandem {

/// What rounding adds up to. SimGrid takes events that are 1e-11 s apart for one, and tests with many events last
/// longer than 0.1 s.
inline constexpr double kRelative = 1e-9;

inline void expect_time(double actual_s, double expected_s) {
  EXPECT_NEAR(actual_s, expected_s, expected_s * kRelative);
}

}  // namespace tandem
