// Where one stack waits for others: it spins for some microseconds, then sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tandem::threads {

using Clock = std::chrono::steady_clock;

/// Counts signals. The waiting stack reads the count, checks whether there is something to do, and if not waits for the
/// count to change; so no signal between the two is lost.
class alignas(64) Parker {
 public:
  std::uint64_t signals() const { return signals_.load(std::memory_order_acquire); }

  /// May be called by any thread.
  void signal();

  /// Returns true once signals() differs from `seen`, false when `deadline` has passed first. With `spare_core` no
  /// other stack needs this core, so it spins for longer before it sleeps.
  bool wait(std::uint64_t seen, Clock::time_point deadline, bool spare_core);

 private:
  std::atomic<std::uint64_t> signals_{0};
  std::atomic<bool> asleep_{false};
  std::mutex mutex_;
  std::condition_variable woken_;
};

/// Guards a few instructions. Yields the core when the holder seems to have been preempted.
class SpinLock {
 public:
  void lock();
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace tandem::threads
