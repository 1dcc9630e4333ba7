// Where the time of a run went, by role: a server that waits must not make its workers look idle.
#pragma once

#include <string>
#include <vector>

#include "app/store/result.h"

namespace tandem {

/// Means over the ranks of one role, in seconds of the whole training loop. They add up to the run's time_s.
struct RoleTimes {
  std::string role;  ///< empty where ranks.csv is not there: means over all ranks
  int ranks = 0;
  double compute_s = 0, communication_s = 0, idle_s = 0;
};

/// In the order of the ranks, so the first is the role that trains. Never empty.
std::vector<RoleTimes> roles_of(const RunResult& run);

}  // namespace tandem
