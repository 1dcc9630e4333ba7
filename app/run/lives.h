// Attempts at a run whose ranks one command starts on this host, see recovery.h.
#pragma once

#include "app/run/recovery.h"

namespace tandem {

/// Each attempt in a process of its own, whose end is the end of all its ranks. To be called in a process of one
/// thread.
Lives lives_in_processes();

/// Each attempt is a job of the launcher of the run's world. `whole`, of which they are attempts, outlives it.
Lives lives_by_launcher(const Run& whole);

/// One job of the launcher, for a run that is not to start again. Returns its exit code.
int live_by_launcher_once(const Run& run);

}  // namespace tandem
