// The keys of `cluster`, a part of the table in scenario_fields.h.
#pragma once

#include "core/cluster.h"
#include "core/config/fields.h"

namespace tandem {

Mapping<Cluster> cluster_fields();

}  // namespace tandem
