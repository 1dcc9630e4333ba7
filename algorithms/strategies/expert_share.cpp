#include "algorithms/strategies/expert_share.h"

#include <algorithm>
#include <cmath>

#include "algorithms/strategies/expert_layout.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {
namespace {

/// The samples of the worker that has most: all pad to as many.
std::size_t most_samples(const Job& job) {
  const auto workers = static_cast<std::size_t>(job.workers);
  if (job.workload.partition == Partitioning::range) return (job.batches.global_batch() + workers - 1) / workers;
  std::size_t most = 0;
  for (int worker = 0; worker < job.workers; ++worker) most = std::max(most, largest_part(job, worker));
  return most;
}

double expert_share(const Layer& layer) {
  return layer.experts.count == 0 ? 0 : layer.experts.forward_flops_per_sample / layer.forward_flops_per_sample;
}

/// Tokens that a worker's experts compute, padding included, against those that the profile counts for one sample.
double samples_in_experts(const Job& job, const Layer& layer) {
  return static_cast<double>(layer.experts.count * expert_capacity(job, layer)) /
         static_cast<double>(layer.experts.tokens * layer.experts.per_token);
}

}  // namespace

std::size_t shared_parameters(const Model& model) {
  std::size_t shared = model.parameters;
  for (const Layer& layer : model.layers) shared -= layer.experts.parameters;
  return shared;
}

std::size_t expert_parameters(const Job& job) {
  return (job.model.parameters - shared_parameters(job.model)) / static_cast<std::size_t>(expert_place(job, 0).degree);
}

std::size_t expert_capacity(const Job& job, const Layer& layer) {
  const std::size_t tokens = most_samples(job) * layer.experts.tokens * layer.experts.per_token;
  const double even = static_cast<double>(tokens) / static_cast<double>(layer.experts.count);
  constexpr double kRoundingSlack = 1e-9;  // 1.1 times 10 is 11, although the product is 11.000000000000002
  return static_cast<std::size_t>(
      std::ceil(even * job.strategy.get<ExpertOptions>().capacity_factor * (1 - kRoundingSlack)));
}

std::size_t dispatched_values(const Job& job, const Layer& layer) {
  return layer.experts.count == 0 ? 0 : layer.experts.count * expert_capacity(job, layer) * layer.experts.width;
}

std::size_t most_dispatched_values(const Job& job) {
  std::size_t most = 0;
  for (const Layer& layer : job.model.layers) most = std::max(most, dispatched_values(job, layer));
  return most;
}

double flops_besides_experts(const Layer& layer, double per_sample, std::size_t samples) {
  return (1 - expert_share(layer)) * per_sample * static_cast<double>(samples);
}

double flops_in_experts(const Job& job, const Layer& layer, double per_sample) {
  return layer.experts.count == 0 ? 0 : expert_share(layer) * per_sample * samples_in_experts(job, layer);
}

Memory memory_with_experts(const Job& job, int worker) {
  Memory memory = memory_of_parameters(job, static_cast<double>(shared_parameters(job.model) + expert_parameters(job)));
  const auto samples = static_cast<double>(largest_part(job, worker));
  for (const Layer& layer : job.model.layers) {
    memory.activations += samples * (layer.kept.whole + layer.kept.pairs);
    memory.activations += layer.kept.cut * (layer.experts.count == 0 ? samples : samples_in_experts(job, layer));
  }
  if (expert_place(job, worker).degree == 1) return memory;
  memory.room = 2.0 * static_cast<double>(bytes_of(most_dispatched_values(job)));
  return memory;
}

}  // namespace tandem
