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

/// One rank's share of a profile's layers: it states work.
class ProfileShard {
 public:
  /// A batch has so many samples, shared among all of `inside`.
  ProfileShard(Comm& inside, const Job& job, std::size_t samples, BetweenPairs between)
      : inside_(inside), job_(job), samples_(static_cast<double>(samples)), between_(between) {}

  void forward(std::size_t layer);
  void backward(std::size_t layer);

 private:
  void compute(double flops, const LayerBytes& moved, std::string_view name);

  Comm& inside_;
  const Job& job_;
  double samples_;
  BetweenPairs between_;
};

/// The same with sizes alone: there is no loss.
void train_profile_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between,
                          const std::function<void(Comm& inside, ProfileShard& shard)>& passes);

}  // namespace tandem
