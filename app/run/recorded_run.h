// A run that is played to write down what its ranks do.
#pragma once

#include <vector>

#include "app/export/program.h"
#include "app/run/execute.h"

namespace tandem {

/// Plays the run in its world, which must be one that predicts, and returns each rank's activities in the training
/// loop. Nothing is written. Like execute(), it may be called once in a process. Throws UsageError where the scenario
/// has what no program can say: faults, checkpoints, a real world.
std::vector<Program> record_run(const Run& run);

}  // namespace tandem
