// Tensor parallelism (Shoeybi et al., "Megatron-LM: training multi-billion parameter language models using model
// parallelism", 2019): every rank has a share of every layer. In each pair of layers the first is cut by its outputs,
// the second by its inputs: what the first hands on, the second has on the same rank, and one sum over ranks makes the
// pair whole. A profile's layer stands for such a pair, as half of a transformer block is one.
//
//   cost of a step on n ranks: compute/n + an all-reduce of B x width values for each pair forward, and one for each
//   but the first backward; a last layer without a partner is computed by every rank
//   full recomputation: one sum more per pair, as the forward pass is gone through again
//   memory: parameters, gradients and optimizer state divided by n; activations between pairs are on every rank
//
// The sums over ranks have another order than one rank's, so results agree with `single` to rounding.
#include "algorithms/collectives/collective_option.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/shard_training.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/tensor_part.h"

namespace tandem::strategies {
namespace {

void run(Comm& comm, const Job& job, Training& training) {
  const Collective& sums = collective_of(job);
  if (!job.model.is_numeric()) return train_profile_shards(comm, job, training, sums, BetweenPairs::whole);
  train_shards(comm, job, training, sums, BetweenPairs::whole, [&](Comm& inside, TensorShard& shard) {
    forward_with_sums(inside, shard, sums);
    const double loss = shard.loss(inside);
    backward_with_sums(inside, shard, sums, /*sums_input=*/false);
    return loss;
  });
}

/// The values of each all-reduce of a step, forward and then backward.
std::vector<std::size_t> exchanged_counts(const Job& job, std::size_t samples) {
  std::vector<std::size_t> counts;
  const auto add = [&](std::size_t width) { counts.push_back(samples * width); };
  const std::vector<Layer>& layers = job.model.layers;
  if (!job.model.is_numeric()) {
    // The loss is computed on parts of the last layer's output, as Megatron does.
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) add(layers[l].outputs);
    for (std::size_t l = layers.size(); l-- > 0;) {
      if (job.model.recompute == Recomputation::full && l + 1 < layers.size()) add(layers[l].outputs);
      if (l > 0) add(layers[l].inputs);
    }
    return counts;
  }
  for (std::size_t l = 1; l < layers.size(); l += 2) add(layers[l].outputs);
  for (std::size_t l = 2; l + 1 < layers.size(); l += 2) add(layers[l].inputs);
  return counts;
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = refusal_of_replicas(job)) return reason;
  if (auto reason = refusal_of_groups(job, place_of(job, 0).ranks)) return reason;
  return refusal_of_cut(job, all_layers(job.model), place_of(job, 0).ranks);
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const ReplicaPlace place = place_of(job, rank);
  const Collective& sums = collective_of(job);
  Traffic step =
      traffic_across(job, rank, parameters_of_shard(job.model, all_layers(job.model), place.ranks, place.rank), sums);
  for (const std::size_t count : exchanged_counts(job, place.samples))
    step += sums.all_reduce.traffic(shape_inside(job, count), place.rank);
  return step * steps.size();
}

}  // namespace

Strategy tensor() {
  return {.name = "tensor",
          .doc = "model parallel: every rank has a share of every layer, and sums of activations make them whole",
          .paper = "Shoeybi et al. 2019",
          .options = {collective_option(), replicas_option()},
          .facts =
              [](const Choice& choice) {
                return Facts{.every_gradient_every_step = false,
                             .sends_activations = true,
                             .picks_by_size = collective_named(choice.get<CollectiveOption>().name).pick != nullptr};
              },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers, .worker_role = "shard"}; },
          .refusal = refusal,
          .run = run,
          .traffic = traffic,
          .memory = [](const Job& job,
                       int rank) { return std::optional(memory_of_shard(job, rank, BetweenPairs::whole)); }};
}

}  // namespace tandem::strategies
