#include "app/figures/roles.h"

#include <algorithm>

namespace tandem {

std::vector<RoleTimes> roles_of(const RunResult& run) {
  if (run.rank_rows.empty()) return {{"", run.ranks, run.compute_s, run.comm_s, run.idle_s}};
  std::vector<RoleTimes> roles;
  for (const RankResult& rank : run.rank_rows) {
    auto role = std::find_if(roles.begin(), roles.end(), [&](const RoleTimes& r) { return r.role == rank.role; });
    if (role == roles.end()) role = roles.insert(roles.end(), {.role = rank.role});
    ++role->ranks;
    role->compute_s += rank.compute_s;
    role->communication_s += rank.communication_s;
    role->idle_s += rank.idle_s;
  }
  for (RoleTimes& role : roles) {
    role.compute_s /= role.ranks;
    role.communication_s /= role.ranks;
    role.idle_s /= role.ranks;
  }
  return roles;
}

}  // namespace tandem
