// The key `recovery`: what becomes of a run whose ranks are killed from outside.
#pragma once

#include <optional>

#include "app/scenario/rules.h"

namespace tandem {

/// What it says, or "none", which a grid may set beside it.
Type<std::optional<RecoverySpec>> recovery_or_none();

/// Why such a run cannot start again.
std::optional<Conflict> recovery_conflict(const Scenario& scenario);

}  // namespace tandem
