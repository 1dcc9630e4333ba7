// How close simulated times are to the closed forms that they must equal.
#pragma once

#include <gtest/gtest.h>

namespace tandem::laws {

/// What roundings of a long run add up to.
inline constexpr double kRelative = 1e-6;

inline void expect_close(double measured, double expected) { EXPECT_NEAR(measured / expected, 1, kRelative); }

}  // namespace tandem::laws
