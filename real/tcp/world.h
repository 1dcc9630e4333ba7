// The tcp world: ranks are processes joined by sockets.
#pragma once

#include "core/world.h"

namespace tandem {

/// Runs all ranks, or those of WorldOptions::placement, one process per rank. They are forked from the caller, so what
/// it has loaded is shared, not copied. The process that calls `run` must have one thread. No process outlives the run,
/// however it ends.
extern const World kTcpWorld;

}  // namespace tandem
