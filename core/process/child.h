// The only place that starts child processes. A child dies with the process that started it, however that one ends.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/process/file_descriptor.h"

namespace tandem {

/// How a process ended.
struct ProcessEnd {
  int code = 0;    ///< its exit code, where no signal ended it
  int signal = 0;  ///< the signal that ended it, or 0

  bool is_success() const { return code == 0 && signal == 0; }
  /// "ended with exit code 3", "ended by signal 9 (Killed)"; empty after a success.
  std::string text() const;
};

struct ProcessOptions {
  int dies_by = SIGKILL;     ///< the signal that the child gets when this process ends
  bool leads_group = false;  ///< it has a process group of its own, so Ctrl-C does not reach it
  /// Descriptors of this process that become the child's standard streams; -1: the child shares this process's.
  int input = -1, output = -1, errors = -1;
  std::filesystem::path folder = {};  ///< its working directory; empty: the current one
};

/// A child process. Destroying this object does not end the process.
class Child {
 public:
  Child() = default;
  explicit Child(pid_t pid);

  pid_t pid() const { return pid_; }
  /// A descriptor to poll, readable once the process has ended.
  int descriptor() const { return process_.get(); }
  bool has_ended() const;
  /// The signal that has stopped the process (SIGSTOP, SIGTSTP, ...), or 0 unless it is stopped now.
  int stopped_by() const;
  /// Blocks until the process has ended, and reaps it; every further call returns the same.
  ProcessEnd wait();
  void send(int signal) const;
  /// Sends SIGTERM, waits for up to `grace_s`, then kills what is left of the group that it leads, and waits.
  void end(double grace_s);

 private:
  pid_t pid_ = -1;
  FileDescriptor process_;  ///< a pidfd
  bool is_reaped_ = false;
  ProcessEnd how_;
};

/// Forks. The child calls `body` and exits with what it returns; if it throws, with 1 and the text on standard error.
/// All signals have their default actions in it. The calling process must have one thread. Throws RunFailed.
Child fork_child(const ProcessOptions& options, const std::function<int()>& body);

/// Starts a program, which is looked for in PATH. Throws std::system_error if it cannot be started.
Child start_program(const std::vector<std::string>& words, const ProcessOptions& options = {});

/// The path of the running program.
std::filesystem::path this_program();

/// For a process that something else has started: makes it get SIGKILL when its parent ends.
void die_with_parent();

/// Blocks until one of the descriptors is readable (true) or the time is over (false).
bool wait_until_readable(std::span<const int> descriptors, double timeout_s);

}  // namespace tandem
