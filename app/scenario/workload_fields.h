// The part of the table below `workload`.
#pragma once

#include "app/scenario/scenario_fields.h"
#include "core/config/fields.h"

namespace tandem {

Mapping<Draft> workload_fields();

}  // namespace tandem
