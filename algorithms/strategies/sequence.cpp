// Sequence parallelism (Korthikanti et al., "Reducing activation recomputation in large transformer models", 2022):
// tensor parallelism in which each rank keeps only its part of the activations between pairs of layers. In the place of
// an all-reduce are its two halves: after a pair a reduce-scatter, whose sums each rank activates and keeps; before the
// next pair an all-gather. Backward it is the other way around, and what a pair was given is gathered once more.
//
//   cost of a step on n ranks: that of `tensor`, as a ring's two halves send what its all-reduce sends; and one more
//   all-gather of B x width values between pairs, but where the last of them begins
//   memory: that of `tensor`, but an n-th of the activations between pairs, and room for those of one pair
#include <fmt/format.h>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/shard_training.h"
#include "algorithms/strategies/strategy.h"
#include "algorithms/strategies/tensor_part.h"

namespace tandem::strategies {
namespace {

void run(Comm& comm, const Job& job, Training& training) {
  const Collective& collective = collective_of(job);
  if (!job.model.is_numeric()) return train_profile_shards(comm, job, training, collective, BetweenPairs::part);
  train_shards(comm, job, training, collective, BetweenPairs::part, [&](Comm& inside, TensorShard& shard) {
    forward_with_halves(inside, shard, collective);
    if (shard.is_split(shard.end())) collective.all_gather.run(inside, shard.input(shard.end()));
    const double loss = shard.loss(inside);
    backward_with_halves(inside, shard, collective, /*is_last_there=*/true);
    return loss;
  });
}

/// The values between pairs, from the input on. A profile's layer is a pair.
std::vector<std::size_t> counts_between(const Job& job, std::size_t samples) {
  std::vector<std::size_t> counts;
  const std::vector<Layer>& layers = job.model.layers;
  const std::size_t first = job.model.is_numeric() ? 1 : 0, layers_of_pair = first + 1;
  const std::size_t end = job.model.is_numeric() ? layers.size() : layers.size() - 1;
  for (std::size_t l = first; l < end; l += layers_of_pair) counts.push_back(samples * layers[l].outputs);
  return counts;
}

std::optional<std::string> refusal(const Job& job) {
  if (auto reason = refusal_of_replicas(job)) return reason;
  if (auto reason = refusal_of_groups(job, place_of(job, 0).ranks)) return reason;
  if (auto reason = refusal_of_cut(job, all_layers(job.model), place_of(job, 0).ranks)) return reason;
  const Collective& collective = collective_of(job);
  if (collective.reduce_scatter && collective.all_gather) return std::nullopt;
  return fmt::format("sequence needs a reduce-scatter and an all-gather, and {} has not both", collective.name);
}

/// Forward both halves between each two pairs, and backward both and what is gathered once more. A numeric model's last
/// values between pairs go to the loss, or to a layer that is on every rank: backward nothing needs to be sent.
std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const Collective& collective = collective_of(job);
  const ReplicaPlace place = place_of(job, rank);
  const std::vector<std::size_t> counts = counts_between(job, place.samples);
  Traffic step = traffic_across(
      job, rank, parameters_of_shard(job.model, all_layers(job.model), place.ranks, place.rank), collective);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool is_last = i + 1 == counts.size();
    const std::size_t sums = is_last && job.model.is_numeric() ? 1 : 2, gathers = is_last ? sums : 3;
    const std::size_t again = job.model.recompute == Recomputation::full ? 1 : 0;
    step += collective.reduce_scatter.traffic(shape_inside(job, counts[i]), place.rank) * (sums + again);
    step += collective.all_gather.traffic(shape_inside(job, counts[i]), place.rank) * gathers;
  }
  return step * steps.size();
}

}  // namespace

Strategy sequence() {
  return {
      .name = "sequence",
      .doc = "tensor parallel, with an n-th of the activations between pairs of layers on each rank",
      .paper = "Korthikanti et al. 2022",
      .options = {collective_option(), replicas_option()},
      .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .sends_activations = true}; },
      .layout = [](const Choice&, int workers) { return Layout{.ranks = workers, .worker_role = "shard"}; },
      .refusal = refusal,
      .run = run,
      .traffic = traffic,
      .memory = [](const Job& job, int rank) { return std::optional(memory_of_shard(job, rank, BetweenPairs::part)); }};
}

}  // namespace tandem::strategies
