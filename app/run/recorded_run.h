// A run that is played to write down what its ranks do.
#pragma once

#include <optional>
#include <vector>

#include "app/export/program.h"
#include "app/run/execute.h"
#include "app/scenario/rules.h"

namespace tandem {

/// What no program can say: faults, checkpoints, a real world.
std::optional<Conflict> refusal_of_recording(const Scenario& scenario);

/// Plays the run in its world, which must be one that predicts, and returns each rank's activities in the training
/// loop. Nothing is written. Like execute(), it may be called once in a process. Throws UsageError where there is
/// a refusal.
std::vector<Program> record_run(const Run& run);

}  // namespace tandem
