// Checks of every run. Each throws CheckFailed with the numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/run/session.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// Checks that every whole copy of the model has the bits of the final parameters.
void check_replicas(const std::string& parameters_sha256, const std::vector<RankRecord>& records);

/// Checks that the traffic of the ranks is the strategy's closed form, and that all that was sent was received.
void check_traffic(const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records,
                   const Membership& membership = {});

/// Checks that a run on emulated hosts and links was not limited by this machine: its processors had time to spare.
void check_idle(const Scenario& scenario, std::optional<double> cpu_idle);

/// Checks that a run is no faster than physics allows: no simulated link carries more than its bandwidth, and where
/// hosts have the scenario's speed, the arithmetic is no faster than all workers' hosts together.
void check_physics(const Scenario& scenario, const Job& job, double time_s, std::size_t samples,
                   const std::vector<RankRecord>& records, const Membership& membership = {});

}  // namespace tandem
