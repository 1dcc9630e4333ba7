// The ranks of an MPI job on this host that are stopped. mpirun waits for them as for any other, and so for ever.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

namespace tandem {

class StoppedRanks {
 public:
  /// `mpirun`: the process that has started them.
  explicit StoppedRanks(pid_t mpirun) : mpirun_(mpirun) {}

  /// "rank 2", if it has been stopped at this call, at the one `limit_s` ago and at all between; else empty.
  std::string stopped_for(double limit_s);

 private:
  using Clock = std::chrono::steady_clock;

  pid_t mpirun_;
  std::map<pid_t, Clock::time_point> since_;
};

}  // namespace tandem
