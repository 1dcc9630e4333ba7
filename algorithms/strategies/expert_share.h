// What a worker has of a model whose experts are dealt out (expert_layout.h): how many tokens travel, and what is
// computed with them. Routing is even, and messages are padded to what an expert takes, so that all ranks send, receive
// and compute alike, whatever a router would do.
#pragma once

#include "algorithms/job.h"
#include "algorithms/strategies/memory.h"

namespace tandem {

/// The parameters that every worker has, and those of a worker's experts.
std::size_t shared_parameters(const Model& model);
std::size_t expert_parameters(const Job& job);

/// The tokens that an expert takes from each worker: an even share times the capacity factor.
std::size_t expert_capacity(const Job& job, const Layer& layer);
/// The values that a worker sends in an all-to-all, and receives.
std::size_t dispatched_values(const Job& job, const Layer& layer);
std::size_t most_dispatched_values(const Job& job);
/// A pass's flops on a worker with so many samples, besides its experts and inside them. `per_sample` are the whole
/// layer's, which experts share in as in the forward pass.
double flops_besides_experts(const Layer& layer, double per_sample, std::size_t samples);
double flops_in_experts(const Job& job, const Layer& layer, double per_sample);

/// What a worker holds. Padding counts for all that tensor parallelism would cut in a layer with experts.
Memory memory_with_experts(const Job& job, int worker);

}  // namespace tandem
