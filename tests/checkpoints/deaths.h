// What tests of ranks that die share.
#pragma once

#include <string>
#include <vector>

#include "tests/laws/harness.h"

namespace tandem::laws {

/// Where a rank may die alone.
inline const std::vector<std::string> kMortalWorlds = {"sim", "threads", "tcp"};

inline FaultSpec kill_rank(const Victim& victim, const FaultTime& at) {
  FaultSpec fault;
  fault.victim = victim;
  fault.at = at;
  return fault;
}
inline FaultSpec kill_worker(int worker, const FaultTime& at) { return kill_rank({.index = worker}, at); }

inline std::vector<int> dead_in(const RunResult& result) {
  std::vector<int> dead;
  for (const RankResult& rank : result.rank_rows) {
    if (rank.role == "died") dead.push_back(rank.rank);
  }
  return dead;
}

}  // namespace tandem::laws
