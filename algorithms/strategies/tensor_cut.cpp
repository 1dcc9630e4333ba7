#include "algorithms/strategies/tensor_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/strategies/replicas.h"

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

double bytes_of_shard(const LayerBytes& bytes, double samples, int ranks, BetweenPairs between) {
  const double share = samples / ranks;
  return share * (bytes.cut + bytes.pairs) + (between == BetweenPairs::part ? share : samples) * bytes.whole;
}

Memory memory_of_shard(const Job& job, int rank, BetweenPairs between) {
  const ReplicaPlace place = place_of(job, rank);
  const auto samples = static_cast<double>(place.samples);
  const std::vector<Layer>& layers = job.model.layers;
  Memory memory =
      memory_of_parameters(job, static_cast<double>(parameters_of_shard(job.model, place.ranks, place.rank)));
  std::size_t widest = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    LayerBytes kept = layers[l].kept;
    const bool is_inside_pair = job.model.is_numeric() && l % 2 == 0 && l + 1 < layers.size();
    if (is_inside_pair) std::swap(kept.whole, kept.cut);
    memory.activations += bytes_of_shard(kept, samples, place.ranks, between);
    if (l + 1 < layers.size()) widest = std::max(widest, layers[l].outputs);
  }
  if (between == BetweenPairs::part) memory.room = samples * static_cast<double>(bytes_of(widest));
  return memory;
}

std::optional<std::string> refusal_of_heads(const Model& model, int ranks) {
  for (const Layer& layer : model.layers) {
    if (layer.heads % static_cast<std::size_t>(ranks) == 0) continue;
    return fmt::format("the {} heads of attention of {} cannot be dealt out evenly to {} ranks", layer.heads,
                       layer.name, ranks);
  }
  return std::nullopt;
}

std::optional<std::string> refusal_of_cut(const Job& job, int ranks) {
  if (!job.model.is_numeric()) return refusal_of_heads(job.model, ranks);
  for (std::size_t l = 0; l + 1 < job.model.layers.size(); l += 2) {
    const Layer& layer = job.model.layers[l];
    if (layer.outputs >= static_cast<std::size_t>(ranks)) continue;
    return fmt::format("layer {} has {} outputs, too few to be dealt out to {} ranks", layer.name, layer.outputs,
                       ranks);
  }
  return std::nullopt;
}

}  // namespace tandem
