// Values that are too large to be meant: one beyond these is a typing error, not an experiment.
#pragma once

namespace tandem {

inline constexpr double kMostRanks = 65536;
inline constexpr double kMostSteps = 1e9;
inline constexpr double kMostRows = 1e9;
inline constexpr double kMostParameters = 1e13;
inline constexpr double kMostLayers = 10'000;
inline constexpr double kLongestSequence = 1e6;  // tokens
inline constexpr double kMostBytes = 1e12;
inline constexpr double kHighestRate = 1e15;   // bytes per second
inline constexpr double kHighestSpeed = 1e18;  // flops per second
inline constexpr double kLongest_s = 1e9;
inline constexpr double kMostFlopsPerSample = 1e21;
inline constexpr double kLargestSeed = 9007199254740992.0;  // 2^53: what JSON readers hold exactly
inline constexpr double kMostPoints = 100'000;

}  // namespace tandem
