// A run through the failures that its scenario has for it: all ranks start again from the last checkpoint, as
// TorchElastic restarts the whole group of workers (PyTorch, "Torchrun (Elastic Launch)").
#pragma once

#include "app/run/execute.h"

namespace tandem {

/// The first attempt at a run: from its beginning, or from the checkpoint that it is to go on from. Throws UsageError
/// where that is damaged, or not this run's.
Attempt first_attempt(const Run& run);

/// Brings the run up, in a process of its own for every attempt, until it ends or fails in a way that was not planned.
/// To be called in a process of one thread. Throws RunFailed.
void bring_up_through_failures(const Run& run);

}  // namespace tandem
