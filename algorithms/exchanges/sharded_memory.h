// What ZeRO's stages leave on a worker.
#pragma once

#include "algorithms/job.h"
#include "algorithms/strategies/memory.h"

namespace tandem {

/// An n-th of the optimizer's state; from stage 2 on of the gradients, and in stage 3 of the parameters, with room for
/// those of the largest bucket, which is gathered while its layers compute.
Memory sharded_memory(const Job& job, int worker, int stage);

}  // namespace tandem
