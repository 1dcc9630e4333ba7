// Child processes of the runner: one a run.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

namespace tandem {

/// Forks; the child runs `body` with standard output and error appended to `log`, and exits 0, or 1 with the text of
/// what `body` threw. It leads a process group of its own and dies with this process. The caller must have one thread
/// only.
pid_t start_child(const std::function<void()>& body, const std::filesystem::path& log);

struct ChildEnd {
  pid_t pid = 0;        ///< 0: none has ended within the time
  std::string trouble;  ///< empty: it exited 0
  double user_and_system_s = 0;
};

/// Waits up to `timeout_s` for any child to end, or for a signal to arrive.
ChildEnd wait_for_child(double timeout_s);

/// While it lives, SIGINT and SIGTERM set a flag instead of ending the program. When it is destroyed the former
/// handlers are back.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  /// The signal that arrived, or 0.
  int signal() const;

 private:
  struct sigaction before_interrupt_ {};
  struct sigaction before_terminate_ {};
};

/// Ends the child and all processes of its group, and waits for it.
void kill_child(pid_t pid);

}  // namespace tandem
