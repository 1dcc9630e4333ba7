#include "algorithms/strategies/tensor_cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/replicas.h"

namespace tandem {

std::vector<ShardLayer> shard_layers(const Model& model, Range layers, int ranks, int rank) {
  const auto parts = static_cast<std::size_t>(ranks), mine = static_cast<std::size_t>(rank);
  std::vector<ShardLayer> shards;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = model.layers[layers.begin + i];
    ShardLayer shard{.whole = &layer, .inputs = layer.inputs, .outputs = layer.outputs, .offset = offset};
    if (i % 2 == 1) {
      shard.cut = Cut::by_inputs;
      shard.part = even_part(layer.inputs, parts, mine);
      shard.inputs = shard.part.size();
      shard.share = static_cast<double>(shard.inputs) / static_cast<double>(layer.inputs);
    } else if (i + 1 < layers.size()) {
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

std::size_t parameters_of_shard(const Model& model, Range layers, int ranks, int rank) {
  if (!model.is_numeric())
    return even_part(model.parameter_range(layers).size(), static_cast<std::size_t>(ranks), 0).size();
  const ShardLayer last = shard_layers(model, layers, ranks, rank).back();
  return last.offset + last.parameters();
}

void describe_shard(State& state, const std::vector<ShardLayer>& shards, Slice values, int rank, Copy copy) {
  for (const ShardLayer& shard : shards) {
    const Slice mine = values.part(shard.offset, shard.parameters());
    const Layer& whole = *shard.whole;
    const std::size_t biases = whole.offset + whole.outputs * whole.inputs;
    const auto weights = [&](std::size_t from) { return mine.part(from, shard.inputs); };
    if (shard.cut == Cut::by_inputs) {
      for (std::size_t o = 0; o < whole.outputs; ++o)
        state.add_parameters(whole.offset + o * whole.inputs + shard.part.begin, weights(o * shard.inputs), copy);
      if (rank == 0) state.add_parameters(biases, mine.part(whole.outputs * shard.inputs, whole.outputs), copy);
    } else {
      const Copy own = shard.cut == Cut::none && rank != 0 ? Copy::version : copy;
      const std::size_t first = shard.cut == Cut::none ? 0 : shard.part.begin;
      state.add_parameters(whole.offset + first * whole.inputs, mine.part(0, shard.outputs * shard.inputs), own);
      state.add_parameters(biases + first, mine.part(shard.outputs * shard.inputs, shard.outputs), own);
    }
  }
}

double bytes_of_shard(const LayerBytes& bytes, double samples, int ranks, BetweenPairs between) {
  const double share = samples / ranks;
  return share * (bytes.cut + bytes.pairs) + (between == BetweenPairs::part ? share : samples) * bytes.whole;
}

double activations_of_shard(const Model& model, Range layers, double samples, int ranks, BetweenPairs between) {
  double bytes = 0;
  for (std::size_t l = layers.begin; l < layers.end; ++l) {
    LayerBytes kept = model.layers[l].kept;
    const bool is_inside_pair = model.is_numeric() && (l - layers.begin) % 2 == 0 && l + 1 < layers.end;
    if (is_inside_pair) std::swap(kept.whole, kept.cut);
    bytes += bytes_of_shard(kept, samples, ranks, between);
  }
  return bytes;
}

Memory memory_of_shard(const Job& job, int rank, BetweenPairs between) {
  const ReplicaPlace place = place_of(job, rank);
  const Range all = all_layers(job.model);
  const auto samples = static_cast<double>(place.samples);
  Memory memory =
      memory_of_parameters(job, static_cast<double>(parameters_of_shard(job.model, all, place.ranks, place.rank)));
  memory.activations = activations_of_shard(job.model, all, samples, place.ranks, between);
  std::size_t widest = 0;
  for (std::size_t l = 0; l + 1 < all.end; ++l) widest = std::max(widest, job.model.layers[l].outputs);
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

std::optional<std::string> refusal_of_cut(const Job& job, Range layers, int ranks) {
  if (!job.model.is_numeric()) return refusal_of_heads(job.model, ranks);
  for (std::size_t l = layers.begin; l + 1 < layers.end; l += 2) {
    const Layer& layer = job.model.layers[l];
    if (layer.outputs >= static_cast<std::size_t>(ranks)) continue;
    return fmt::format("layer {} has {} outputs, too few to be dealt out to {} ranks", layer.name, layer.outputs,
                       ranks);
  }
  return std::nullopt;
}

}  // namespace tandem
