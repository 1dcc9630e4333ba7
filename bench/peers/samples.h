// What every driver measures and prints: a line of samples, each the seconds of one operation averaged over a batch
// that lasts some milliseconds; then a line with the CPU seconds of one operation, of all ranks together.
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace tandem::peers {

struct Measured {
  std::vector<double> times_s;
  double cpu_s = 0;  ///< of this rank, an operation
};

/// `who`: RUSAGE_SELF where ranks are processes, RUSAGE_THREAD where they are threads.
inline double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// `operation` runs alike on all ranks; `largest` returns the largest of all ranks' values.
template <typename Operation, typename Largest>
Measured measure(int who, const Operation& operation, const Largest& largest) {
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
  Measured measured;
  const double cpu_before_s = cpu_seconds(who);
  for (int i = 0; i < kSamples; ++i) measured.times_s.push_back(seconds_of(rounds));
  measured.cpu_s = (cpu_seconds(who) - cpu_before_s) / (rounds * kSamples);
  return measured;
}

inline void print(const std::vector<double>& times_s, double cpu_s_of_all) {
  for (const double seconds : times_s) std::printf("%.9g ", seconds);
  std::printf("\n%.9g\n", cpu_s_of_all);
  std::fflush(stdout);
}

}  // namespace tandem::peers
