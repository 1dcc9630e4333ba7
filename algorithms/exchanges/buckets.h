// Which layers' gradients travel together (Horovod's fusion buffer, DDP's buckets).
#pragma once

#include <vector>

#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/model.h"

namespace tandem {

/// Ranges of layers, last layers first, that together cover the model. A bucket takes layers until the next would
/// exceed bucket_bytes; a layer larger than that has a bucket of its own. Without a size: one bucket of everything, or,
/// when overlapping, one per layer.
std::vector<Range> plan_buckets(const Model& model, const LoopOptions& options);

}  // namespace tandem
