#include "real/hang.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <ctime>
#include <thread>

#include "core/errors.h"

namespace tandem::real {
namespace {

timespec timespec_of(double duration_s) {
  constexpr double kPerSecond = 1e9;
  const double whole_s = std::floor(duration_s);
  return {static_cast<time_t>(whole_s), static_cast<long>((duration_s - whole_s) * kPerSecond)};
}

/// A timer of the kernel that sends this process SIGCONT, which a process gets also while it is stopped.
class Alarm {
 public:
  explicit Alarm(double after_s) {
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGCONT;
    // Again and again: the first may come before the process has stopped.
    constexpr double kAgain_s = 0.05;
    const itimerspec times{.it_interval = timespec_of(kAgain_s), .it_value = timespec_of(after_s)};
    if (timer_create(CLOCK_MONOTONIC, &event, &timer_) != 0 || timer_settime(timer_, 0, &times, nullptr) != 0)
      throw RunFailed(fmt::format("a rank cannot hang here: {}", std::strerror(errno)));
  }
  ~Alarm() { timer_delete(timer_); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

 private:
  timer_t timer_{};
};

}  // namespace

void stop_this_process_for(double duration_s) {
  if (duration_s <= 0) return;
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + std::chrono::duration<double>(duration_s);
  const Alarm alarm(duration_s);
  kill(getpid(), SIGSTOP);
  // The signal stops the process a moment later.
  std::this_thread::sleep_until(std::chrono::time_point_cast<Clock::duration>(until));
}

}  // namespace tandem::real
