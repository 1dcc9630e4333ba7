// The tcp world: ranks are processes joined by sockets.
#pragma once

#include "core/world.h"

namespace tandem {

/// One process a rank, forked from the caller: what it has loaded is shared, not copied. All ranks of a run, or those
/// of its WorldOptions::placement. `run` must be called by a process of one thread. Nothing is left behind, however it
/// ends.
extern const World kTcpWorld;

}  // namespace tandem
