// The key `membership`: workers may join a run and leave it while others train.
#pragma once

#include <optional>

#include "app/scenario/rules.h"

namespace tandem {

/// What it says, or "none", which a grid may set beside it.
Type<std::optional<WorkerRange>> membership_or_none();

/// Why nobody can join such a run.
std::optional<Conflict> membership_conflict(const Scenario& scenario);

}  // namespace tandem
