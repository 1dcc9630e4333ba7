// The part of the table below `workload`.
#pragma once

#include "app/scenario/fields.h"
#include "app/scenario/scenario_fields.h"

namespace tandem {

Mapping<Draft> workload_fields();

}  // namespace tandem
