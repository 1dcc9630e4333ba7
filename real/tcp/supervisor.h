// Starts the ranks of this machine as processes, and makes sure that none of them outlives the run: not when one fails,
// not after Ctrl-C, not when this process is killed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/process/child.h"
#include "core/process/file_descriptor.h"
#include "core/process/signal_watch.h"
#include "core/process/stopped_time.h"
#include "core/slice.h"

namespace tandem::tcp {

/// How a rank ended.
struct Ending {
  enum class Kind : char {
    good = 'g',
    failed = 'f',
    lost = 'l',        ///< it was killed from outside, or stopped for longer than it may
    died = 'd',        ///< the same, and the others may go on without it
    waited = 'w',      ///< a wait came to its deadline: the rank at fault may be another than the one waited for
    peer_failed = 'p'  ///< it ended because another rank had failed
  } kind = Kind::good;
  double time_s = 0;  ///< when the failure was, on the machine's monotonic clock
  std::string cause;  ///< for people, names the rank; empty when good
  int rank = -1;      ///< first_failure fills it in
};

class Supervisor {
 public:
  /// `mortal`: see WorldOptions.
  explicit Supervisor(Range mortal = {}) : mortal_(mortal) {}
  ~Supervisor();  ///< kills and reaps what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Forks a process that runs `body` and exits. The calling process must have one thread.
  void start(int rank, const std::function<Ending()>& body);

  /// Readable when a rank's process has ended, or a signal has come.
  std::vector<int> descriptors() const;
  /// Records which ranks have ended; does not wait. When a signal asks this process to end, kills all ranks, passes the
  /// signal on and throws RunFailed.
  void check_ranks();
  /// How long ranks that do not go on are left alone.
  struct Limits {
    double grace_s = 0;    ///< to end by themselves, from the first failure of a rank
    double stopped_s = 0;  ///< by a signal such as SIGSTOP
  };
  /// Blocks until all have ended, or have been killed because a limit was reached. If the run `has_failed` for another
  /// reason than a rank's, the grace counts from now.
  void wait(const Limits& limits, bool has_failed = false);
  bool has_failure() const;
  /// Whether a mortal rank has died.
  bool has_deaths() const;
  /// The first failure that was not caused by another rank's; good when there is none, or none but of mortal ranks.
  /// Where ranks only waited, it names those that did not answer.
  Ending first_failure() const;
  void kill_all();

 private:
  struct RankProcess {
    int rank = 0;
    Child child;
    FileDescriptor report;  ///< the reading end of a pipe
    bool is_running = true;
    bool was_killed_here = false;  ///< because it did not end by itself
    bool stood_still = false;      ///< when another had waited too long
    StoppedTime stopped = {};
    Ending ending;
  };
  void reap(RankProcess& process);
  void note_stopped();
  void end_if_stopped_for(double limit_s, RankProcess& process);
  bool is_running() const;
  void pass_on(int signal);

  Range mortal_;
  SignalWatch signals_;
  std::vector<RankProcess> processes_;
  bool killing_ = false;
};

}  // namespace tandem::tcp
