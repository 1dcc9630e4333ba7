// One simulation for the page, by the program itself in a process of its own, as `tandem run` runs it.
#pragma once

#include <nlohmann/json.hpp>

#include "app/scenario/scenario.h"

namespace tandem {

inline constexpr double kLongestSimulation_s = 20;

/// The run's step time, throughput and shares, and its timeline if the scenario has `trace`. Blocks for at most
/// kLongestSimulation_s. Throws UsageError where the scenario cannot be run, RunFailed where it did not end well.
nlohmann::ordered_json simulate(const Scenario& scenario);

}  // namespace tandem
