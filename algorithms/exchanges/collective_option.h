// The option `collective` of every exchange that sums over workers.
#pragma once

#include "algorithms/collectives/collective.h"
#include "algorithms/job.h"
#include "core/config/choice.h"

namespace tandem {

struct CollectiveOption {
  std::string name = "ring";
};

OptionTable collective_option();

/// The collective of the job's strategy, which has the option.
const Collective& collective_of(const Job& job);

}  // namespace tandem
