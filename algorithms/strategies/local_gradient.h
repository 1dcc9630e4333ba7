// What every data-parallel worker does between messages.
#pragma once

#include <cstdint>
#include <span>

#include "algorithms/model/replica.h"

namespace tandem {

inline Range all_layers(const Model& model) { return {0, model.layers.size()}; }

/// Room for the largest part of a global batch that this worker gets in the run.
std::size_t largest_part(const Job& job, int worker);

/// Writes the gradient over `rows` to replica.gradients(), scaled so that the workers' gradients sum to that of the
/// mean loss over the global batch. Returns the rows' share of that loss.
double local_gradient(Comm& comm, Replica& replica, Pass& pass, std::span<const std::uint32_t> rows);

/// True once the training loss of a step is low enough to stop. A phantom run has no loss and never is.
bool is_low_enough(const Job& job, double loss);

}  // namespace tandem
