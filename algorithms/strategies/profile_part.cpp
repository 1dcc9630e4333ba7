#include "algorithms/strategies/profile_part.h"

#include <algorithm>

namespace tandem {

ProfilePart::ProfilePart(Comm& shards, const Job& job, const Chunk& chunk, int number,
                         const std::vector<std::size_t>& samples, const Collective& sums, BetweenPairs between)
    : shards_(shards),
      job_(job),
      chunk_(chunk),
      number_(number),
      samples_(samples),
      sums_(sums),
      between_(between),
      parameters_(shards.make_buffer(parameters_of_shard(job.model, chunk.layers, shards.size(), shards.rank()))),
      gradients_(shards.make_buffer(parameters_.count())) {
  std::size_t widest = 0;
  for (std::size_t l = chunk.layers.begin; l + 1 < chunk.layers.end; ++l)
    widest = std::max(widest, job.model.layers[l].outputs);
  room_ = shards.make_buffer(widest * *std::max_element(samples.begin(), samples.end()));
  for (std::size_t m = 0; m < samples.size(); ++m) {
    const std::size_t before = chunk.before < 0 ? 0 : count(m, chunk.layers.begin);
    const std::size_t after = chunk.after < 0 ? 0 : count(m, chunk.layers.end);
    borders_.push_back(
        {shards.make_buffer(before), shards.make_buffer(after), shards.make_buffer(before), shards.make_buffer(after)});
  }
}

std::size_t ProfilePart::count(std::size_t m, std::size_t layer) const {
  const std::vector<Layer>& layers = job_.model.layers;
  return samples_[m] * (layer == layers.size() ? layers.back().outputs : layers[layer].inputs);
}

Slice ProfilePart::part_of_border(Slice whole) const {
  const Range own =
      even_part(whole.count, static_cast<std::size_t>(shards_.size()), static_cast<std::size_t>(shards_.rank()));
  return whole.part(own.begin, own.size());
}

Slice ProfilePart::values(std::size_t m, std::size_t layer) {
  if (layer == chunk_.layers.begin) return borders_[m].input;
  if (layer == chunk_.layers.end) return borders_[m].output;
  return room_.slice().part(0, count(m, layer));
}

Slice ProfilePart::gradients(std::size_t m, std::size_t layer) {
  if (layer == chunk_.layers.begin) return borders_[m].input_gradient;
  if (layer == chunk_.layers.end) return borders_[m].output_gradient;
  return room_.slice().part(0, count(m, layer));
}

void ProfilePart::sum(Slice values) {
  between_ == BetweenPairs::part ? sums_.reduce_scatter.run(shards_, values) : sums_.all_reduce.run(shards_, values);
}

void ProfilePart::compute(std::size_t m, std::string_view name, double flops, const LayerBytes& moved) {
  const auto samples = static_cast<double>(samples_[m]);
  shards_.compute({.flops = samples / shards_.size() * flops,
                   .memory_bytes = bytes_of_shard(moved, samples, shards_.size(), between_),
                   .name = name,
                   .microbatch = number_ < 0 ? -1 : static_cast<int>(m),
                   .chunk = std::max(number_, 0)},
                  [] {});
}

// What passes a border is in parts. Sequence parallelism gathers it before each layer; else it is gathered once.
void ProfilePart::forward(std::size_t m) {
  const bool is_split = between_ == BetweenPairs::part;
  if (chunk_.before >= 0 && !is_split) gather(borders_[m].input);
  for (std::size_t l = chunk_.layers.begin; l < chunk_.layers.end; ++l) {
    const Layer& layer = job_.model.layers[l];
    if (is_split && l > 0) gather(values(m, l));
    compute(m, "forward", layer.forward_flops_per_sample, layer.forward_moved);
    if (l + 1 < job_.model.layers.size()) sum(values(m, l + 1));
  }
}

// Full recomputation sums a layer's output once more. The loss is computed on parts of the last layer's output, as
// Megatron does.
void ProfilePart::backward(std::size_t m, SlotWork) {
  const bool is_split = between_ == BetweenPairs::part, is_anew = job_.model.recompute == Recomputation::full;
  if (chunk_.after >= 0 && !is_split) gather(borders_[m].output_gradient);
  for (std::size_t l = chunk_.layers.end; l-- > chunk_.layers.begin;) {
    const Layer& layer = job_.model.layers[l];
    const bool is_last = l + 1 == job_.model.layers.size();
    if (is_split && !is_last) gather(gradients(m, l + 1));
    if (is_split && !is_last && l > 0) gather(values(m, l));
    if (is_anew && !is_last) sum(values(m, l + 1));
    compute(m, "backward", layer.backward_flops_per_sample, layer.backward_moved);
    if (l > 0) sum(gradients(m, l));
  }
}

}  // namespace tandem
