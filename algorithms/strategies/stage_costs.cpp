#include "algorithms/strategies/stage_costs.h"

#include <algorithm>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/chunks.h"
#include "algorithms/strategies/replicas.h"
#include "algorithms/strategies/tensor_cut.h"

namespace tandem {
namespace {

/// A micro-batch of so many samples in a chunk whose layers are cut among the ranks of a stage.
class InsideStage {
 public:
  InsideStage(const Job& job, const StagePlace& place, std::size_t samples)
      : job_(job), place_(place), samples_(samples) {}

  Traffic of(const Chunk& chunk) {
    traffic_ = {};
    job_.strategy.get<PipelineOptions>().sequence ? add_halves(chunk) : add_sums(chunk);
    return traffic_;
  }

 private:
  void add(const auto& operation, std::size_t width) {
    traffic_ += operation.traffic({.size = place_.shards, .count = samples_ * width}, place_.shard);
  }

  // What comes over a border is gathered. Then there is a sum after each pair forward, before each backward, and once
  // more forward where all is recomputed.
  void add_sums(const Chunk& chunk) {
    const std::vector<Layer>& layers = job_.model.layers;
    if (chunk.before >= 0) add(ring_.all_gather, layers[chunk.layers.begin].inputs);
    if (chunk.after >= 0) add(ring_.all_gather, layers[chunk.layers.end - 1].outputs);
    const bool is_numeric = job_.model.is_numeric(), is_anew = job_.model.recompute == Recomputation::full;
    for (std::size_t l = chunk.layers.begin; l < chunk.layers.end; ++l) {
      const std::size_t place = l - chunk.layers.begin;
      const bool ends_pair = is_numeric ? place % 2 == 1 : l + 1 < layers.size();
      const bool begins_pair = !is_numeric || (place % 2 == 0 && l + 1 < chunk.layers.end);
      if (ends_pair) add(ring_.all_reduce, layers[l].outputs);
      if (ends_pair && is_anew) add(ring_.all_reduce, layers[l].outputs);
      if (begins_pair && l > 0) add(ring_.all_reduce, layers[l].inputs);
    }
  }

  // The halves of these sums; and what a pair was given is gathered once more, but by the last.
  void add_halves(const Chunk& chunk) {
    const std::vector<Layer>& layers = job_.model.layers;
    if (job_.model.is_numeric()) return add_halves_of_pairs(chunk);
    const bool is_anew = job_.model.recompute == Recomputation::full;
    for (std::size_t l = chunk.layers.begin; l < chunk.layers.end; ++l) {
      const bool is_last = l + 1 == layers.size();
      if (l > 0) add(ring_.all_gather, layers[l].inputs), add(ring_.reduce_scatter, layers[l].inputs);
      if (l > 0 && !is_last) add(ring_.all_gather, layers[l].inputs);
      if (!is_last) add(ring_.all_gather, layers[l].outputs), add(ring_.reduce_scatter, layers[l].outputs);
      if (!is_last && is_anew) add(ring_.reduce_scatter, layers[l].outputs);
    }
  }

  // Once more by every pair, and by a last layer without a partner. Its gradient needs no sum, nor does the loss's, for
  // which what lies before it is gathered.
  void add_halves_of_pairs(const Chunk& chunk) {
    const std::vector<Layer>& layers = job_.model.layers;
    const std::size_t count = chunk.layers.size();
    for (std::size_t l = 0; l < count; ++l) {
      const Layer& layer = layers[chunk.layers.begin + l];
      const bool is_last = l + 1 == count, begins_pair = l % 2 == 0 && !is_last,
                 has_border = l > 0 || chunk.before >= 0;
      if (l % 2 == 0 && has_border) add(ring_.all_gather, layer.inputs), add(ring_.all_gather, layer.inputs);
      if (begins_pair && has_border) add(ring_.reduce_scatter, layer.inputs);
      if (l % 2 == 1) add(ring_.reduce_scatter, layer.outputs);
      if (l % 2 == 1 && !(is_last && chunk.after < 0) && l + 2 != count) add(ring_.all_gather, layer.outputs);
      if (is_last && (chunk.after < 0 ? l % 2 == 1 : l % 2 == 0)) add(ring_.all_gather, layer.outputs);
    }
  }

  const Job& job_;
  const StagePlace& place_;
  std::size_t samples_;
  const Collective& ring_ = collective_named("ring");
  Traffic traffic_;
};

/// An activation one way and a gradient the other, of a rank's part.
Traffic over_border(const StagePlace& place, int other, std::size_t values) {
  if (other < 0) return {};
  const Range own = even_part(values, static_cast<std::size_t>(place.shards), static_cast<std::size_t>(place.shard));
  const std::uint64_t bytes = bytes_of(own.size());
  return {1, bytes, 1, bytes, other == place.stage ? bytes : 0};
}

}  // namespace

// Micro-batches have two sizes at most.
Traffic traffic_of_stage(const Job& job, int rank) {
  const auto microbatches = static_cast<std::size_t>(job.strategy.get<PipelineOptions>().microbatches);
  const ReplicaPlace replica = place_of(job, rank);
  const StagePlace place = stage_place(job, replica.ranks, replica.rank);
  const std::size_t least = replica.samples / microbatches, larger = replica.samples % microbatches;
  Traffic all;
  for (const auto& [samples, times] : {std::pair(least, microbatches - larger), std::pair(least + 1, larger)}) {
    Traffic one;
    for (const Chunk& chunk : chunks_of(job, place.stages, place.stage)) {
      one += over_border(place, chunk.before, samples * job.model.layers[chunk.layers.begin].inputs);
      one += over_border(place, chunk.after, samples * job.model.layers[chunk.layers.end - 1].outputs);
      if (place.shards > 1) one += InsideStage(job, place, samples).of(chunk);
    }
    all += one * times;
  }
  return all;
}

bool recomputes(Recompute recompute, std::size_t microbatch, std::size_t microbatches) {
  return recompute == Recompute::all || (recompute == Recompute::except_last && microbatch + 1 < microbatches);
}

Memory memory_of_stage(const Job& job, int rank) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const ReplicaPlace place = place_of(job, rank);
  const StagePlace stage = stage_place(job, place.ranks, place.rank);
  const BetweenPairs between = options.sequence ? BetweenPairs::part : BetweenPairs::whole;
  const std::vector<Chunk> chunks = chunks_of(job, stage.stages, stage.stage);
  double parameters = 0;
  for (const Chunk& chunk : chunks)
    parameters += static_cast<double>(parameters_of_shard(job.model, chunk.layers, stage.shards, stage.shard));
  Memory memory = memory_of_parameters(job, parameters);
  const auto microbatches = static_cast<std::size_t>(options.microbatches);
  double held = 0;
  for (const Slot& slot :
       options.order().slots(stage.stage, stage.stages, options.chunks_of_stage(), options.microbatches)) {
    const Range layers = chunks[static_cast<std::size_t>(slot.chunk)].layers;
    const auto m = static_cast<std::size_t>(slot.microbatch);
    const auto samples = static_cast<double>(even_part(place.samples, microbatches, m).size());
    const double all = activations_of_shard(job.model, layers, samples, stage.shards, between);
    const bool is_anew = recomputes(options.recompute, m, microbatches);
    const double input = 2.0 * samples * static_cast<double>(bytes_of(job.model.layers[layers.begin].inputs));
    if (is_anew) memory.room = std::max(memory.room, all);
    if (slot.work == SlotWork::forward) held += is_anew ? input : all;
    memory.activations = std::max(memory.activations, held);
    if (slot.work == SlotWork::backward || slot.work == SlotWork::backward_weight) held -= is_anew ? input : all;
  }
  return memory;
}

}  // namespace tandem
