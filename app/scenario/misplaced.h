// Keys and values at a place that is not theirs: `workers: [1, 2, 4]` at the top, `strategy: ring`, `world: [sim,
// tcp]`. Whoever writes so knows what there is, and needs to be told where it goes.
#pragma once

#include "core/config/document.h"
#include "core/config/keys.h"
#include "core/config/reader.h"

namespace tandem {

/// Reports what belongs elsewhere in the scenario, with that place, and puts into `root` what was probably meant, so
/// that no second error is about the same words. `sweep` and `report` are no part of it.
void report_misplaced(Value& root, const TypeInfo& scenario, Reader& reader);

}  // namespace tandem
