// Where one stack waits for the others: it looks around for some microseconds, then sleeps.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace tandem::threads {

using Clock = std::chrono::steady_clock;

/// Counts signals. The waiting stack reads the count, looks whether there is something to do, and if not waits for the
/// count to change; so no signal is lost in between.
class alignas(64) Parker {
 public:
  std::uint64_t signals() const { return signals_.load(std::memory_order_acquire); }

  /// From any thread.
  void signal();

  /// Returns true once signals() differs from `seen`, false when `deadline` has passed first. `spare_core`: nobody
  /// needs this core, so look around for longer before sleeping.
  bool wait(std::uint64_t seen, Clock::time_point deadline, bool spare_core);

 private:
  std::atomic<std::uint64_t> signals_{0};
  std::atomic<bool> asleep_{false};
  std::mutex mutex_;
  std::condition_variable woken_;
};

/// Guards a few instructions. Gives the core away when the holder seems to have lost its own.
class SpinLock {
 public:
  void lock();
  void unlock() { locked_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> locked_{false};
};

}  // namespace tandem::threads
