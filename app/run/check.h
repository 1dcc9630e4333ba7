// What must hold for every run. Each check throws CheckFailed with the numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/run/session.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// Every whole copy of the model has the bits of the final parameters.
void check_replicas(const std::string& parameters_sha256, const std::vector<RankRecord>& records);

/// What ranks sent and received is the strategy's closed form, and all that was sent was received.
void check_traffic(const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records);

/// Where hosts and links are emulated, this machine did not limit the run: its processors had time to spare.
void check_idle(const Scenario& scenario, std::optional<double> cpu_idle);

/// A run is not faster than it can be: in simulation no link carries more than its bandwidth, and wherever hosts have
/// the scenario's speed, no arithmetic is faster than all workers' hosts together.
void check_physics(const Scenario& scenario, const Job& job, double time_s, std::size_t samples,
                   const std::vector<RankRecord>& records);

}  // namespace tandem
