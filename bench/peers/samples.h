// What every driver measures and prints: a line of samples, each the seconds of one operation averaged over a batch
// that lasts some milliseconds; then a line with the CPU seconds of one operation, of all ranks together, and the share
// of the processors that other programs took meanwhile.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace tandem::peers {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// `who`: RUSAGE_SELF where ranks are processes, RUSAGE_THREAD where they are threads.
inline double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// What other programs take of this machine's processors from its construction on.
class Others {
 public:
  /// `own_cpu_s`: of all ranks, in the same time.
  double share(double own_cpu_s) const {
    const double capacity_s = seconds_since(start_) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
    return std::max(0.0, busy_s() - busy_before_s_ - own_cpu_s) / capacity_s;
  }

 private:
  // user, nice and system of the line for all processors
  static double busy_s() {
    std::ifstream file("/proc/stat");
    std::string cpu;
    double user = 0, nice = 0, system = 0;
    file >> cpu >> user >> nice >> system;
    return (user + nice + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  }

  Clock::time_point start_ = Clock::now();
  double busy_before_s_ = busy_s();
};

struct Measured {
  std::vector<double> times_s;
  double cpu_s = 0;  ///< this rank's, per operation
  int operations = 0;
  Others others;
};

/// `operation` runs alike on all ranks; `largest` returns the largest of all ranks' values.
template <typename Operation, typename Largest>
Measured measure(int who, const Operation& operation, const Largest& largest) {
  constexpr int kWarmUp = 2;
  constexpr double kBatch_s = 0.02, kTotal_s = 0.6;
  const auto seconds_of = [&](int rounds) {
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < rounds; ++i) operation();
    return largest(seconds_since(start)) / rounds;
  };
  seconds_of(kWarmUp);
  const double once_s = seconds_of(kWarmUp);
  const int rounds = std::clamp(static_cast<int>(kBatch_s / once_s), 1, 5000);
  const int samples = std::clamp(static_cast<int>(kTotal_s / (once_s * rounds)), 7, 15);
  Measured measured{.operations = rounds * samples};
  const double cpu_before_s = cpu_seconds(who);
  for (int i = 0; i < samples; ++i) measured.times_s.push_back(seconds_of(rounds));
  measured.cpu_s = (cpu_seconds(who) - cpu_before_s) / measured.operations;
  return measured;
}

/// `cpu_s`: of all ranks, an operation.
inline void print(const std::vector<double>& times_s, double cpu_s, double others_share) {
  for (const double seconds : times_s) std::printf("%.9g ", seconds);
  std::printf("\n%.9g %.2f\n", cpu_s, others_share);
  std::fflush(stdout);
}

inline void print(const Measured& measured, double cpu_s) {
  print(measured.times_s, cpu_s, measured.others.share(cpu_s * measured.operations));
}

}  // namespace tandem::peers
