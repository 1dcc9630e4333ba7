#include "real/threads/parker.h"

#include <algorithm>
#include <thread>

namespace tandem::threads {
namespace {

// Sleeping and being woken costs some tens of microseconds: spin for about as long, but only on a core that no other
// stack needs. It yields in between, because the scheduler may have put the stack that it waits for on this very core.
constexpr auto kSpin = std::chrono::microseconds(30);
constexpr int kPausesBetweenYields = 32;
constexpr int kYieldsOnSharedCore = 8;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

}  // namespace

void Parker::signal() {
  signals_.fetch_add(1, std::memory_order_seq_cst);
  if (!asleep_.load(std::memory_order_seq_cst)) return;
  std::lock_guard hold(mutex_);
  woken_.notify_one();
}

bool Parker::wait(std::uint64_t seen, Clock::time_point deadline, bool spare_core) {
  if (spare_core) {
    const Clock::time_point end = std::min(deadline, Clock::now() + kSpin);
    do {
      for (int i = 0; i < kPausesBetweenYields; ++i) {
        if (signals() != seen) return true;
        pause_briefly();
      }
      std::this_thread::yield();
    } while (Clock::now() < end);
  } else {
    for (int i = 0; i < kYieldsOnSharedCore; ++i) {
      if (signals() != seen) return true;
      std::this_thread::yield();
    }
  }

  std::unique_lock hold(mutex_);
  // asleep_ is set before the count is read once more: a signal either changes that count, or sees asleep_ and wakes
  // us.
  asleep_.store(true, std::memory_order_seq_cst);
  const auto signalled = [&] { return signals_.load(std::memory_order_seq_cst) != seen; };
  bool in_time = true;
  if (deadline == Clock::time_point::max()) {
    woken_.wait(hold, signalled);
  } else {
    in_time = woken_.wait_until(hold, deadline, signalled);
  }
  asleep_.store(false, std::memory_order_relaxed);
  return in_time;
}

void SpinLock::lock() {
  constexpr int kPausesBeforeYield = 64;
  int pauses = 0;
  while (locked_.exchange(true, std::memory_order_acquire)) {
    while (locked_.load(std::memory_order_relaxed)) {
      if (++pauses < kPausesBeforeYield) {
        pause_briefly();
      } else {
        std::this_thread::yield();
      }
    }
  }
}

}  // namespace tandem::threads
