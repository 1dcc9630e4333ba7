// The step that the workers of DiLoCo take together: SGD with Nesterov's momentum on what they have moved on average.
#pragma once

#include "core/comm.h"
#include "core/config/choice.h"

namespace tandem {

struct OuterOptions {
  double rate = 0.7, momentum = 0.9;
};
OptionTable outer_options();

/// `mean`, the workers', becomes what they go on with: from c, which they had in common, g = c - mean, v = momentum v +
/// g, and c - rate (g + momentum v), as PyTorch's SGD with nesterov. Counted from the mean, a rate of 1 without
/// momentum adds an exact zero.
void outer_step(Comm& comm, const OuterOptions& options, Slice mean, Slice common, Slice velocity);

}  // namespace tandem
