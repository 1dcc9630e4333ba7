// The part of the table of keys that says what the ranks run on; see scenario_fields.h.
#pragma once

#include "core/cluster.h"
#include "core/config/fields.h"

namespace tandem {

Mapping<Cluster> cluster_fields();

}  // namespace tandem
