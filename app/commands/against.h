// tandem explain --against: whether a log of nccl-tests is sane for the hardware that a scenario states.
#pragma once

#include "app/commands/explain.h"

namespace tandem {

/// Prints for each collective of the log its rows beside what formulas say, and the verdict. Returns 0; 3 where a row
/// is faster than the stated links can be. Throws UsageError where the scenario states no links or the log cannot be
/// read.
int explain_against(const ExplainOptions& options);

}  // namespace tandem
