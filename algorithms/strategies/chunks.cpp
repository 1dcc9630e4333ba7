#include "algorithms/strategies/chunks.h"

#include <tuple>
#include <utility>

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

}  // namespace tandem
