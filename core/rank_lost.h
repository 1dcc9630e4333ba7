// A run that failed because a rank's process was taken from it: the same run, started again, may end well.
#pragma once

#include <string>

#include "core/errors.h"

namespace tandem {

/// A process of the run was ended from outside, or stood still for longer than it may and was ended for that.
class RankLost : public RunFailed {
 public:
  /// `rank`: -1 where it is not known; `time_s`: when that was seen, on the machine's monotonic clock.
  RankLost(const std::string& what, int rank, double time_s) : RunFailed(what), rank_(rank), time_s_(time_s) {}
  int rank() const { return rank_; }
  double time_s() const { return time_s_; }

 private:
  int rank_;
  double time_s_;
};

}  // namespace tandem
