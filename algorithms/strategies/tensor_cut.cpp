#include "algorithms/strategies/tensor_cut.h"

#include <fmt/format.h>

namespace tandem {

std::vector<ShardLayer> shard_layers(const Model& model, int ranks, int rank) {
  const auto parts = static_cast<std::size_t>(ranks), mine = static_cast<std::size_t>(rank);
  std::vector<ShardLayer> shards;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    ShardLayer shard{.whole = &layer, .inputs = layer.inputs, .outputs = layer.outputs, .offset = offset};
    if (i % 2 == 1) {
      shard.cut = Cut::by_inputs;
      shard.part = even_part(layer.inputs, parts, mine);
      shard.inputs = shard.part.size();
      shard.share = static_cast<double>(shard.inputs) / static_cast<double>(layer.inputs);
    } else if (i + 1 < model.layers.size()) {
      shard.cut = Cut::by_outputs;
      shard.part = even_part(layer.outputs, parts, mine);
      shard.outputs = shard.part.size();
      shard.share = static_cast<double>(shard.outputs) / static_cast<double>(layer.outputs);
    }
    offset += shard.parameters();
    shards.push_back(shard);
  }
  return shards;
}

std::size_t parameters_of_shard(const Model& model, int ranks, int rank) {
  if (!model.is_numeric()) return even_part(model.parameters, static_cast<std::size_t>(ranks), 0).size();
  const ShardLayer last = shard_layers(model, ranks, rank).back();
  return last.offset + last.parameters();
}

std::optional<std::string> too_few_outputs(const Job& job, int ranks) {
  if (!job.model.is_numeric()) return std::nullopt;
  for (std::size_t l = 0; l + 1 < job.model.layers.size(); l += 2) {
    const Layer& layer = job.model.layers[l];
    if (layer.outputs >= static_cast<std::size_t>(ranks)) continue;
    return fmt::format("layer {} has {} outputs, too few to be dealt out to {} ranks", layer.name, layer.outputs,
                       ranks);
  }
  return std::nullopt;
}

}  // namespace tandem
