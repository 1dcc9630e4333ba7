// The part of the table of keys that says what the ranks run on; see scenario_fields.h.
#pragma once

#include "app/scenario/fields.h"
#include "core/cluster.h"

namespace tandem {

Mapping<Cluster> cluster_fields();

}  // namespace tandem
