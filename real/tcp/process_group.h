// Processes that something else has started together: they find each other once, and then agree on what to do, run
// after run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "real/tcp/join.h"
#include "real/tcp/rendezvous.h"

namespace tandem::tcp {

/// What process 0 polls besides its connections to the others, whenever it waits for them here.
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
  /// one. When a process has gone, or has not called within the time-out of joining after process 0 has, process 0
  /// throws RunFailed naming it, and the others get that text as the error. The others wait for process 0 without a
  /// time limit: it alone knows how long a run takes.
  std::string first_error(const std::string& mine);

 private:
  std::string answer_all(const std::string& mine);
  /// The texts of all others, by process; none of those that have gone or do not answer, which `missing` names.
  std::vector<std::string> receive_from_all(std::string& missing);

  Mesh mesh_;
  double timeout_s_;
  Watch watch_;
};

}  // namespace tandem::tcp
