// Starts the ranks of this machine as processes, and sees to it that none is left behind: not when one fails, not on
// Ctrl-C, not when this process is killed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/process/child.h"
#include "core/process/signal_watch.h"
#include "real/tcp/file_descriptor.h"

namespace tandem::tcp {

/// How a rank came to its end, as far as others need to know.
struct Ending {
  enum class Kind : char {
    good = 'g',
    failed = 'f',
    bereaved = 'b'
  } kind = Kind::good;  ///< bereaved: a peer failed it
  double time_s = 0;    ///< of the failure, on the machine's monotonic clock
  std::string cause;    ///< for people, names the rank; empty when good
};

class Supervisor {
 public:
  Supervisor() = default;
  ~Supervisor();  ///< kills and reaps what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Forks a process that runs `body` and exits. To be called by a process of one thread.
  void start(int rank, const std::function<Ending()>& body);

  /// Readable when a rank's process has ended, or a signal has come.
  std::vector<int> descriptors() const;
  /// Takes notice of what has ended, without waiting. Throws RunFailed when a signal asks this process to end, after
  /// having killed all ranks and passed the signal on.
  void look();
  /// Blocks until all have ended. After the first failure (or at once, if the run `has_failed` otherwise) the others
  /// have `grace_s` to end by themselves.
  void wait(double grace_s, bool has_failed = false);
  bool has_failure() const;
  /// What failed first, and not because of another; good when all is well.
  Ending first_failure() const;
  void kill_all();

 private:
  struct RankProcess {
    int rank = 0;
    Child child;
    FileDescriptor report;  ///< the reading end of a pipe
    bool is_running = true;
    Ending ending;
  };
  void reap(RankProcess& process);
  bool is_running() const;
  void pass_on(int signal);

  SignalWatch signals_;
  std::vector<RankProcess> processes_;
  bool killing_ = false;
};

}  // namespace tandem::tcp
