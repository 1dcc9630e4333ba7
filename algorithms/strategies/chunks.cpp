#include "algorithms/strategies/chunks.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "algorithms/strategies/replicas.h"
#include "core/config/options.h"

namespace tandem {

OptionTable pipeline_options() {
  using P = PipelineOptions;
  return option_table<P>(
      Mapping<P>()
          .key("microbatches", &P::microbatches, whole<int>(between(1, 1e6)), "parts that a batch is cut into")
          .key("schedule", &P::schedule, choice_of(all_schedules().names()),
               "the order in which a stage goes through its micro-batches")
          .key("chunks", &P::chunks, unless<int>(0, whole<int>(between(1, 1000))),
               "parts of the model that a stage holds, each of layers that follow each other")
          .otherwise("as few as the schedule has: 2 with interleaved and zb-v, else 1")
          .key("recompute", &P::recompute,
               choice<Recompute>(
                   {{"none", Recompute::none}, {"all", Recompute::all}, {"except-last", Recompute::except_last}}),
               "micro-batches that keep no activations and go forward again before they go back (activation "
               "checkpointing)")
          .key("tensor", &P::tensor, unless<int>(1, whole<int>(between(1, 1e6))),
               "ranks that share each stage, each with a share of every layer (tensor parallelism)")
          .otherwise("1")
          .key("sequence", &P::sequence, unless(false, flag()),
               "they share what lies between pairs of layers, too (sequence parallelism)")
          .otherwise("false"),
      +[](const P& options) {
        std::string label = options.microbatches == 1 ? "" : fmt::format(" m={}", options.microbatches);
        if (options.schedule != P{}.schedule) label += " " + options.schedule;
        if (options.chunks > options.order().least_chunks) label += fmt::format(" v={}", options.chunks);
        if (options.recompute == Recompute::all) label += " recompute";
        if (options.recompute == Recompute::except_last) label += " recompute except-last";
        if (options.tensor > 1) label += fmt::format(" t={}", options.tensor);
        if (options.sequence) label += " sequence";
        return label.empty() ? label : label.substr(1);
      });
}

StagePlace stage_place(const Job& job, int ranks, int rank) {
  const int shards = job.strategy.get<PipelineOptions>().tensor;
  return {.stages = std::max(1, ranks / shards), .shards = shards, .stage = rank / shards, .shard = rank % shards};
}

int parts_of_pipeline(const Job& job) {
  const int stages = stage_place(job, place_of(job, 0).ranks, 0).stages;
  return stages * job.strategy.get<PipelineOptions>().chunks_of_stage();
}

std::vector<Chunk> chunks_of(const Job& job, int stages, int stage) {
  const PipelineOptions& options = job.strategy.get<PipelineOptions>();
  const Schedule& schedule = options.order();
  const int chunks = options.chunks_of_stage(), parts = stages * chunks;
  const std::vector<Range> layers = parts_of(job, parts);
  std::vector<std::pair<int, int>> holders(layers.size());  // part -> rank and chunk
  for (int s = 0; s < stages; ++s) {
    for (int c = 0; c < chunks; ++c) holders[static_cast<std::size_t>(schedule.part(s, stages, c))] = {s, c};
  }
  std::vector<Chunk> all;
  for (int c = 0; c < chunks; ++c) {
    const auto part = static_cast<std::size_t>(schedule.part(stage, stages, c));
    Chunk chunk{.layers = layers[part]};
    if (part > 0) std::tie(chunk.before, chunk.number_before) = holders[part - 1];
    if (part + 1 < layers.size()) chunk.after = holders[part + 1].first;
    all.push_back(chunk);
  }
  return all;
}

}  // namespace tandem
