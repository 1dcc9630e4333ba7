// What workers and parameter servers must hold.
#pragma once

#include "algorithms/job.h"
#include "algorithms/strategies/memory.h"

namespace tandem::parameter_server {

/// A worker has the model and its gradients, and no optimizer. A server has its part of the model and of the
/// optimizer's state, and a gradient of that part from each worker who pushes: they are summed in rank order, whoever
/// comes first. Where it is on a worker's rank, both.
Memory memory(const Job& job, int rank);

// Under a codec a worker keeps what its pushes leave out, and has room for a push and a pull; a server has room for
// each worker's message and, once for each pull that it tells apart, what was told: one pull is for all workers, or one
// for each.
double memory_of_common_pulls(const Job& job, int rank);
double memory_of_own_pulls(const Job& job, int rank);

}  // namespace tandem::parameter_server
