// SIGINT and SIGTERM as something to wait for, instead of handlers.
#pragma once

#include <csignal>

#include "core/process/file_descriptor.h"

namespace tandem {

/// Blocks SIGINT and SIGTERM while this object lives, so that they can be polled; restores the former mask.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  /// A descriptor to poll, readable once a signal has come.
  int descriptor() const { return descriptor_.get(); }
  /// The signal that has come, or 0. It counts as handled.
  int take();
  /// Delivers a signal that was taken as if nobody had watched for it: the handler of this process runs, or the process
  /// ends, or the signal stays pending where it was blocked before. Nothing is watched any more.
  void pass_on(int signal);

 private:
  FileDescriptor descriptor_;
  sigset_t before_{};
};

}  // namespace tandem
