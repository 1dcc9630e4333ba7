// What a pipeline's stage sends, receives and holds, by formula.
#pragma once

#include "algorithms/strategies/memory.h"
#include "core/comm.h"

namespace tandem {

/// What the job's rank sends and receives in a step: activations and gradients over borders, and inside its stage what
/// tensor parallelism exchanges.
Traffic traffic_of_stage(const Job& job, int rank);

/// What the job's rank holds: its chunks' parameters, and the activations of as many micro-batches as its slots leave
/// in flight at most. Those that are recomputed keep their input, and one of them at a time all the rest.
Memory memory_of_stage(const Job& job, int rank);

}  // namespace tandem
