// SGD (with momentum), Adam and AdamW over a slice of the parameters. All are element-wise: updating shards apart gives
// the same bits as updating the whole.
#pragma once

#include <cstddef>

#include "algorithms/spec.h"
#include "algorithms/training.h"
#include "core/comm.h"

namespace tandem {

/// The rate at a step (from 0): warm-up, then the schedule. `total_steps` ends the cosine.
double learning_rate(const OptimizerSpec& spec, std::size_t step, std::size_t total_steps);

/// The values that it keeps for each parameter.
int moments_of(const OptimizerSpec& spec);

/// Holds the state (velocity, moments) of `count` parameters.
/// sgd: v = momentum v + g; w -= lr v (PyTorch's form, no dampening). adam: Kingma and Ba 2015, with bias correction.
/// weight_decay adds weight_decay * w to g (L2, as torch.optim.SGD). adamw: Adam on g alone, and w -= lr weight_decay w
/// (Loshchilov and Hutter 2019; as torch.optim.AdamW).
class Optimizer {
 public:
  Optimizer(const Comm& comm, const OptimizerSpec& spec, std::size_t count, std::size_t total_steps);

  /// One update with the rate of `step`. Charges memory traffic only: no flops of the model are in it.
  void update(Comm& comm, Slice parameters, Slice gradients, std::size_t step);

  // With Adam's second moment frozen (Tang et al. 2021), workers sum first moments instead of gradients:
  /// Turns the gradient of a worker, one of so many whose gradients sum to that of the batch, into its share of the
  /// next first moment.
  void to_first_moment(Comm& comm, Slice parameters, Slice gradients, int workers) const;
  /// One update by the next first moment. The second stays as it is after `frozen_after` updates, its correction, too.
  void update_by_first_moment(Comm& comm, Slice parameters, Slice moments, std::size_t step, std::size_t frozen_after);

  /// Adds what it holds for parameters [offset, offset + count) of the model.
  void describe(State& state, std::size_t offset, Copy copy);

 private:
  OptimizerSpec spec_;
  std::size_t total_steps_;
  std::int64_t updates_ = 0;
  Buffer first_;   ///< velocity, or first moment; empty when plain SGD
  Buffer second_;  ///< Adam's second moment
};

}  // namespace tandem
