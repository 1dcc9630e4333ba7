// The tensors of a model, for those who deal them out whole.
#pragma once

#include <vector>

#include "algorithms/model/model.h"

namespace tandem {

/// Weights and biases of each layer, in the model's order, without empty ones; a profile's layer is one.
std::vector<Range> tensors_of(const Model& model);

/// A tensor, and which of the owners has it.
struct OwnedTensor {
  Range range;
  int owner = 0;
};

/// The largest first, each to the owner that has least so far (PyTorch's ZeroRedundancyOptimizer). In the order of
/// dealing.
std::vector<OwnedTensor> dealt_out(const Model& model, int owners);

}  // namespace tandem
