// Whether the ranks of a program that is replayed wait for each other forever.
//
// That follows without a clock: whatever the order in which activities that can begin do so, the same ones end. A
// program is played once in no time, and what has not ended then never does.
#pragma once

#include <optional>

#include "algorithms/strategies/replay_program.h"

namespace tandem {

/// An activity that waits for itself, where every send waits for its receive; nothing where all activities end. The
/// messages and collectives of `program` are numbered.
std::optional<ReplayMistake> deadlock_of(const ReplayProgram& program);

}  // namespace tandem
