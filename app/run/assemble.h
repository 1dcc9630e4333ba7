// Makes the result of a run from the records of its ranks, and checks it.
#pragma once

#include <vector>

#include "app/run/session.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

/// Puts the ranks' records together: losses per step, validation at the snapshots, the parameters' digest, times and
/// traffic. Throws CheckFailed, with the numbers, when replicas differ, bytes sent are not bytes received, or a rank's
/// traffic is not its closed form.
RunResult assemble(const Scenario& scenario, const Strategy& strategy, const Job& job,
                   const std::vector<RankRecord>& records, const Membership& membership = {});

}  // namespace tandem
