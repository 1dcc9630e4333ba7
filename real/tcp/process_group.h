// Processes that something else has started together: they find each other once, and then agree on what to do, run
// after run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "real/tcp/join.h"
#include "real/tcp/rendezvous.h"

namespace tandem::tcp {

/// What process 0 polls besides the rendezvous.
struct Watch {
  std::vector<int> descriptors;
  std::function<void()> on_ready;  ///< called when a descriptor is readable; it may throw RunFailed
};

class ProcessGroup {
 public:
  /// Process 0 serves the rendezvous that `options` describe; every process joins it at `address`. Blocks until all
  /// have joined. Throws RunFailed or ConnectionError naming the processes that have not.
  ProcessGroup(int process, const RendezvousOptions& options, const std::string& address, const Token& token,
               const Watch& watch = {});

  /// Every process calls it with its own error, or with an empty text, and gets the error of the first process that has
  /// one. Has no time limit. When a process has gone, process 0 throws RunFailed naming it, and the others get that
  /// text as the error.
  std::string first_error(const std::string& mine);

 private:
  Mesh mesh_;
};

}  // namespace tandem::tcp
