// Runs small scenarios in any world, each in a process of its own, and hands back what came of them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem::laws {

/// A numeric scenario: synthetic rows, an MLP of 7 - 13 - 5 - 1... see harness.cpp; 251 rows, global batch 24, 6 steps.
Scenario small_mlp(const std::string& strategy, int workers, const std::string& world);

/// A phantom scenario on the neutral network: `layers` equal layers of `parameters` values in all.
Scenario phantom(const std::string& strategy, int workers, std::size_t parameters, std::size_t layers,
                 double flops_per_sample);

/// Runs it and returns its result with rows and parameters; a failed run throws with its reason.
RunResult run(const Scenario& scenario);
/// Why it failed; empty when it did not.
std::string failure_of(const Scenario& scenario);

/// Runs it traced, and returns what each rank computed when.
std::vector<std::vector<Span>> computations_of(Scenario scenario);
/// The same in this folder, whose files stay; from the last checkpoint in `resume`, if it is not empty. `meanwhile` is
/// called while it runs.
RunResult run_in(const std::filesystem::path& folder, const Scenario& scenario,
                 const std::filesystem::path& resume = {}, const std::function<void()>& meanwhile = {});

/// The worlds that this build and machine can run.
std::vector<std::string> runnable_worlds();

/// The worlds of this build in which a case with so many workers is run. Where ranks are threads or simulated: every
/// case. Processes cost by their number, and the contract shows for each size up to eight that their worlds bring
/// messages to the right place, in order: those with a launcher have the cases of three and six workers (an odd number;
/// pairs and unequal nodes), other processes up to six.
std::vector<std::string> worlds_for(int workers);

}  // namespace tandem::laws
