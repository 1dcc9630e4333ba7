// What all strategies do that cut every layer among ranks: passes over a batch, a sum over replicas, an update of each
// rank's share. They differ in what ranks exchange during the passes.
#pragma once

#include <functional>

#include "algorithms/job.h"
#include "algorithms/strategies/replicas.h"
#include "algorithms/strategies/tensor_shard.h"
#include "algorithms/training.h"

namespace tandem {

/// `passes` goes forward and backward over the batch that `shard` has loaded, and returns its loss. `inside` is the
/// shard's replica.
void train_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between,
                  const std::function<double(Comm& inside, TensorShard& shard)>& passes);

/// The same with sizes alone: there is no loss, and a profile's layer stands for a pair (profile_part.h).
void train_profile_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between);

}  // namespace tandem
