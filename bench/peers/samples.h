// What every driver measures and prints: one line of samples, each the seconds of one operation, averaged over a batch
// that lasts some milliseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace tandem::peers {

/// `operation` runs alike on all ranks; `largest` returns the largest of all ranks' values. Returns the samples.
template <typename Operation, typename Largest>
std::vector<double> sample(const Operation& operation, const Largest& largest) {
  using Clock = std::chrono::steady_clock;
  constexpr int kSamples = 15, kWarmUp = 3;
  constexpr double kBatch_s = 0.02;
  const auto seconds_of = [&](int rounds) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < rounds; ++i) operation();
    return largest(std::chrono::duration<double>(Clock::now() - start).count()) / rounds;
  };
  seconds_of(kWarmUp);
  const double once_s = seconds_of(kWarmUp);
  const int rounds = std::clamp(static_cast<int>(kBatch_s / once_s), 1, 5000);
  std::vector<double> samples;
  for (int i = 0; i < kSamples; ++i) samples.push_back(seconds_of(rounds));
  return samples;
}

inline void print(const std::vector<double>& samples) {
  for (const double seconds : samples) std::printf("%.9g ", seconds);
  std::printf("\n");
  std::fflush(stdout);
}

}  // namespace tandem::peers
