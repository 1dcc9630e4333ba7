// Where ranks that share memory meet and compare numbers: threads, or processes forked on one machine.
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <numeric>
#include <span>

namespace tandem::peers {

class Meeting {
 public:
  explicit Meeting(int ranks) : ranks_(ranks) {}

  /// Returns when all ranks are here. Spins, and after a while gives the core away in between.
  void meet() {
    constexpr int kSpins = 10'000;
    const int round = round_.load();
    if (arrived_.fetch_add(1) == ranks_ - 1) {
      arrived_.store(0);
      round_.store(round + 1);
    }
    for (int spins = 0; round_.load() == round; ++spins) {
      if (spins > kSpins) sched_yield();
    }
  }
  double largest(int rank, double own) {
    return with_all(rank, own, [](std::span<const double> all) { return *std::max_element(all.begin(), all.end()); });
  }
  double sum(int rank, double own) {
    return with_all(rank, own,
                    [](std::span<const double> all) { return std::accumulate(all.begin(), all.end(), 0.0); });
  }

 private:
  template <typename Function>
  double with_all(int rank, double own, const Function& function) {
    values_[static_cast<std::size_t>(rank)] = own;
    meet();
    const double result = function(std::span(values_.data(), static_cast<std::size_t>(ranks_)));
    meet();
    return result;
  }

  int ranks_;
  std::atomic<int> arrived_{0}, round_{0};
  std::array<double, 64> values_{};
};

/// Calls body(rank, meeting) in one process a rank, and ends this process: with 0 when all have ended so.
template <typename Body>
[[noreturn]] void run_forked(int ranks, const Body& body) {
  void* shared = mmap(nullptr, sizeof(Meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto& meeting = *new (shared) Meeting(ranks);
  for (int rank = 0; rank < ranks; ++rank) {
    if (fork() != 0) continue;
    try {
      body(rank, meeting);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "rank %d: %s\n", rank, error.what());
      std::_Exit(1);
    }
    std::_Exit(0);
  }
  int failed = 0, status = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    wait(&status);
    failed |= status;
  }
  std::exit(failed == 0 ? 0 : 1);
}

}  // namespace tandem::peers
