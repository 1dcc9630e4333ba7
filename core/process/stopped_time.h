// How long a child process has been stopped. No descriptor says that it is: whoever waits for it asks once in a while.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string>

#include "core/process/child.h"

namespace tandem {

class StoppedTime {
 public:
  static constexpr double kTick_s = 1;  ///< how often to ask

  /// Whether the child has been stopped at this call, at the one `limit_s` ago, and at all between.
  bool exceeds(double limit_s, const Child& child) {
    signal_ = child.stopped_by();
    if (signal_ == 0) since_.reset();
    if (signal_ != 0 && !since_) since_ = Clock::now();
    return since_ && std::chrono::duration<double>(Clock::now() - *since_).count() >= limit_s;
  }
  /// "was stopped by signal 19 (Stopped (signal)) and did not go on", after a call that returned true.
  std::string text() const {
    return fmt::format("was stopped by signal {} ({}) and did not go on", signal_, strsignal(signal_));
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::optional<Clock::time_point> since_;
  int signal_ = 0;
};

}  // namespace tandem
