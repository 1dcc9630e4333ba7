#include "algorithms/strategies/tensor_shard.h"

#include <algorithm>

#include "algorithms/model/kernels.h"

namespace tandem {
namespace {

// A part to its place among all values, or from there.
void move_part(Comm& comm, std::string_view name, Slice from, Slice to) {
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(from.bytes()), .name = name},
               [&] { std::copy_n(from.f32(), from.count, to.f32()); });
}

}  // namespace

TensorShard::TensorShard(const Comm& comm, const Job& job, const Chunk& chunk, const std::vector<std::size_t>& samples,
                         BetweenPairs between)
    : job_(job),
      range_(chunk.layers),
      has_before_(chunk.before >= 0),
      has_after_(chunk.after >= 0),
      ranks_(comm.size()),
      rank_(comm.rank()),
      between_(between),
      layers_(shard_layers(job.model, chunk.layers, comm.size(), comm.rank())) {
  const std::size_t count = parameters_of_shard(job.model, chunk.layers, ranks_, rank_);
  parameters_ = comm.make_buffer(count);
  gradients_ = comm.make_buffer(count);
  widths_.push_back(layers_.front().inputs);
  for (const ShardLayer& layer : layers_) widths_.push_back(layer.outputs);
  std::size_t largest = 0;
  for (const std::size_t rows : samples) {
    ShardPass& pass = passes_.emplace_back();
    for (std::size_t i = 0; i < widths_.size(); ++i) {
      const std::size_t values = rows * widths_[i];
      const std::size_t part = even_part(values, static_cast<std::size_t>(ranks_), 0).size() + 1;
      if (is_split(i)) largest = std::max(largest, values);
      pass.activations.push_back(comm.make_buffer(is_split(i) ? part : values));
      const bool is_sent = i == 0 || (has_after_ && i == end());
      pass.gradients.push_back(comm.make_buffer(!is_split(i) ? values : is_sent ? part : 0));
    }
  }
  room_ = comm.make_buffer(largest);
  gradient_room_ = comm.make_buffer(largest);
  begin_step();
  if (parameters_.slice().is_phantom() || job.initial_parameters.empty()) return;
  State pieces;
  describe(pieces, Copy::owned);
  for (const Piece& piece : pieces.pieces()) {
    std::copy_n(job.initial_parameters.data() + piece.offset, piece.values.count, piece.values.f32());
  }
}

Slice TensorShard::values_of(std::vector<Buffer>& buffers, Buffer& room, std::size_t i) {
  return (is_split(i) ? room : buffers[i]).slice().part(0, now().rows.size() * widths_[i]);
}

Slice TensorShard::part_of(Slice values) const {
  const Range part = even_part(values.count, static_cast<std::size_t>(ranks_), static_cast<std::size_t>(rank_));
  return values.part(part.begin, part.size());
}

Slice TensorShard::own_part(std::vector<Buffer>& buffers, std::size_t i) {
  const Slice whole{nullptr, now().rows.size() * widths_[i]};
  return is_split(i) ? buffers[i].slice().part(0, part_of(whole).count) : part_of(values_of(buffers, room_, i));
}

void TensorShard::load(std::span<const std::uint32_t> rows) {
  now().rows.assign(rows.begin(), rows.end());
  if (range_.begin > 0 || !is_numeric() || now().activations[0].slice().is_phantom()) return;
  float* input = now().activations[0].slice().f32();
  for (const std::uint32_t row : rows) input = job_.data->train.features.copy_rows(row, 1, widths_[0], input);
}

void TensorShard::forward(Comm& comm, std::size_t layer) {
  const ShardLayer& shard = layers_[layer];
  const double flops = shard.share * shard.whole->forward_flops_per_sample * static_cast<double>(now().rows.size());
  comm.compute({.flops = flops, .name = "forward"}, [&] {
    if (!is_numeric()) return;
    kernels::dense_forward({now().rows.size(), shard.inputs, shard.outputs}, input(layer).f32(),
                           parameters_.slice().f32() + shard.offset, std::nullopt, output(layer).f32());
  });
}

void TensorShard::activate(Comm& comm, std::size_t layer) {
  const bool keeps_part = is_split(layer + 1);
  const Slice values = keeps_part ? part_of(output(layer)) : output(layer);
  // Counted as no flops, as in every layer.
  if (layers_[layer].whole->activated) {
    comm.compute({.name = "forward"}, [&] { kernels::activate(job_.model.activation, values.count, values.f32()); });
  }
  if (keeps_part) move_part(comm, "forward", values, part_of_values(layer + 1));
}

Slice TensorShard::restore_input(Comm& comm, std::size_t layer) {
  move_part(comm, "backward", part_of_values(layer), part_of(input(layer)));
  return input(layer);
}

void TensorShard::restore_output_gradient(Comm& comm) {
  if (is_split(end())) move_part(comm, "backward", part_of_gradients(end()), part_of(input_gradient(end())));
}

void TensorShard::keep_input_gradient(Comm& comm) {
  if (is_split(0)) move_part(comm, "backward", part_of(input_gradient(0)), part_of_gradients(0));
}

void TensorShard::activation_backward(Comm& comm, std::size_t layer) {
  if (!layers_[layer].whole->activated) return;
  const bool has_part = is_split(layer + 1) && !has_whole_gradient(layer + 1);
  const Slice gradient = has_part ? part_of(output_gradient(layer)) : output_gradient(layer);
  const Slice values = has_part ? part_of_values(layer + 1) : output(layer);
  comm.compute({.name = "backward"}, [&] {
    kernels::activation_backward(job_.model.activation, gradient.count, values.f32(), gradient.f32());
  });
}

double TensorShard::loss(Comm& comm) {
  double sum = 0;
  const double scale = 1.0 / static_cast<double>(job_.batches.global_batch());
  comm.compute({.name = "loss"}, [&] {
    if (!is_numeric()) return;
    sum = kernels::loss_of_rows(job_.model.loss, widths_.back(), input(end()).f32(), now().rows,
                                job_.data->train.targets.data(), scale, input_gradient(end()).f32());
  });
  return sum * scale;
}

void TensorShard::backward(Comm& comm, std::size_t layer) {
  const ShardLayer& shard = layers_[layer];
  const double flops = shard.share * shard.whole->backward_flops_per_sample * static_cast<double>(now().rows.size());
  comm.compute({.flops = flops, .name = "backward"}, [&] {
    if (!is_numeric()) return;
    const kernels::DenseShape shape{now().rows.size(), shard.inputs, shard.outputs};
    const float* gradient = output_gradient(layer).f32();
    float* of_parameters = gradients_.slice().f32() + shard.offset;
    kernels::dense_parameter_gradient(shape, input(layer).f32(), gradient, !fresh_[layer], of_parameters);
    const bool has_no_biases = shard.cut == Cut::by_inputs && rank_ != 0;
    if (has_no_biases) std::fill_n(of_parameters + shape.outputs * shape.inputs, shape.outputs, 0.0F);
    if (layer == 0 && range_.begin == 0) return;
    kernels::dense_input_gradient(shape, gradient, parameters_.slice().f32() + shard.offset,
                                  input_gradient(layer).f32());
  });
  fresh_[layer] = false;
}

}  // namespace tandem
