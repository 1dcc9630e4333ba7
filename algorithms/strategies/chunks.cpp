#include "algorithms/strategies/chunks.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "algorithms/strategies/replicas.h"

namespace tandem {

std::vector<Chunk> chunks_of(const Job& job, int stages, int rank) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const Schedule& schedule = options.order();
  const int chunks = options.chunks_of_stage(), parts = stages * chunks;
  const std::vector<Range> layers = stages_by_cost(job.model, parts);
  std::vector<std::pair<int, int>> holders(layers.size());  // part -> rank and chunk
  for (int stage = 0; stage < stages; ++stage) {
    for (int c = 0; c < chunks; ++c) holders[static_cast<std::size_t>(schedule.part(stage, stages, c))] = {stage, c};
  }
  std::vector<Chunk> all;
  for (int c = 0; c < chunks; ++c) {
    const auto part = static_cast<std::size_t>(schedule.part(rank, stages, c));
    Chunk chunk{.layers = layers[part]};
    if (part > 0) std::tie(chunk.before, chunk.number_before) = holders[part - 1];
    if (part + 1 < layers.size()) chunk.after = holders[part + 1].first;
    all.push_back(chunk);
  }
  return all;
}

bool recomputes(Recompute recompute, std::size_t microbatch, std::size_t microbatches) {
  return recompute == Recompute::all || (recompute == Recompute::except_last && microbatch + 1 < microbatches);
}

Memory memory_of_stage(const Job& job, int rank) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const ReplicaPlace place = place_of(job, rank);
  const std::vector<Chunk> chunks = chunks_of(job, place.ranks, place.rank);
  double parameters = 0;
  for (const Chunk& chunk : chunks) parameters += static_cast<double>(job.model.parameter_range(chunk.layers).size());
  Memory memory = memory_of_parameters(job, parameters);
  const auto microbatches = static_cast<std::size_t>(options.microbatches);
  double held = 0;
  for (const Slot& slot :
       options.order().slots(place.rank, place.ranks, options.chunks_of_stage(), options.microbatches)) {
    const Range layers = chunks[static_cast<std::size_t>(slot.chunk)].layers;
    const auto m = static_cast<std::size_t>(slot.microbatch);
    const auto samples = static_cast<double>(even_part(place.samples, microbatches, m).size());
    const double all = activations_of(job.model, layers, samples);
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
