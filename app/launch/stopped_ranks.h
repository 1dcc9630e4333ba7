// The ranks of an MPI job on this host that are stopped, or have all gone. mpirun waits for the stopped as for any
// other, and so for ever. And when a rank is killed while it joins, Open MPI 4.1's mpirun waits now and then for ever
// for a lock, in PMIx_server_finalize, once all have gone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace tandem {

class StoppedRanks {
 public:
  /// `mpirun`: the process that has started them.
  explicit StoppedRanks(pid_t mpirun) : mpirun_(mpirun) {}

  /// To be called before the questions, again and again.
  void look();

  /// "rank 2", if it has been stopped whenever somebody looked for so long; else empty.
  std::string stopped_for(double limit_s) const;
  /// Whether there was no rank on this host whenever somebody looked for so long.
  bool none_for(double limit_s) const;

 private:
  using Clock = std::chrono::steady_clock;

  static bool has_been(Clock::time_point since, double limit_s);

  pid_t mpirun_;
  std::map<pid_t, Clock::time_point> since_;
  std::optional<Clock::time_point> alone_since_;
};

}  // namespace tandem
