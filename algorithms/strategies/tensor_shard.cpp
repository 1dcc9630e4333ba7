#include "algorithms/strategies/tensor_shard.h"

#include <algorithm>

#include "algorithms/model/kernels.h"

namespace tandem {

TensorShard::TensorShard(const Comm& comm, const Job& job, std::size_t samples, BetweenPairs between)
    : job_(job),
      ranks_(comm.size()),
      rank_(comm.rank()),
      between_(between),
      layers_(shard_layers(job.model, comm.size(), comm.rank())) {
  const std::size_t count = parameters_of_shard(job.model, ranks_, rank_);
  parameters_ = comm.make_buffer(count);
  gradients_ = comm.make_buffer(count);
  widths_.push_back(layers_.front().inputs);
  for (const ShardLayer& layer : layers_) widths_.push_back(layer.outputs);
  std::size_t largest = 0;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    const std::size_t values = samples * widths_[i];
    const std::size_t part = even_part(values, static_cast<std::size_t>(ranks_), 0).size() + 1;
    if (is_split(i)) largest = std::max(largest, values);
    activations_.push_back(comm.make_buffer(is_split(i) ? part : values));
    activation_gradients_.push_back(comm.make_buffer(is_split(i) ? 0 : values));
  }
  room_ = comm.make_buffer(largest);
  gradient_room_ = comm.make_buffer(largest);
  if (parameters_.slice().is_phantom() || job.initial_parameters.empty()) return;
  State pieces;
  describe(pieces);
  for (const Piece& piece : pieces.pieces()) {
    std::copy_n(job.initial_parameters.data() + piece.offset, piece.values.count, piece.values.f32());
  }
}

void TensorShard::describe(State& state, Copy copy) {
  for (const ShardLayer& shard : layers_) {
    const Slice mine = parameters_.slice().part(shard.offset, shard.parameters());
    const Layer& whole = *shard.whole;
    const std::size_t biases = whole.offset + whole.outputs * whole.inputs;
    const auto weights = [&](std::size_t from) { return mine.part(from, shard.inputs); };
    if (shard.cut == Cut::by_inputs) {
      for (std::size_t o = 0; o < whole.outputs; ++o)
        state.add_parameters(whole.offset + o * whole.inputs + shard.part.begin, weights(o * shard.inputs), copy);
      if (rank_ == 0) state.add_parameters(biases, mine.part(whole.outputs * shard.inputs, whole.outputs), copy);
    } else {
      const Copy own = shard.cut == Cut::none && rank_ != 0 ? Copy::version : copy;
      const std::size_t first = shard.cut == Cut::none ? 0 : shard.part.begin;
      state.add_parameters(whole.offset + first * whole.inputs, mine.part(0, shard.outputs * shard.inputs), own);
      state.add_parameters(biases + first, mine.part(shard.outputs * shard.inputs, shard.outputs), own);
    }
  }
}

Slice TensorShard::values_of(std::vector<Buffer>& buffers, Buffer& room, std::size_t i) {
  return (is_split(i) ? room : buffers[i]).slice().part(0, rows_.size() * widths_[i]);
}

Slice TensorShard::part_of(Slice values) const {
  const Range part = even_part(values.count, static_cast<std::size_t>(ranks_), static_cast<std::size_t>(rank_));
  return values.part(part.begin, part.size());
}

void TensorShard::load(const std::vector<std::uint32_t>& rows) {
  rows_ = rows;
  if (!is_numeric() || activations_[0].slice().is_phantom()) return;
  float* input = activations_[0].slice().f32();
  const float* features = job_.data->train.features.data();
  for (const std::uint32_t row : rows) input = std::copy_n(features + row * widths_[0], widths_[0], input);
}

void TensorShard::forward(Comm& comm, std::size_t layer) {
  const ShardLayer& shard = layers_[layer];
  const double flops = shard.share * shard.whole->forward_flops_per_sample * static_cast<double>(rows_.size());
  comm.compute({.flops = flops, .name = "forward"}, [&] {
    if (!is_numeric()) return;
    kernels::dense_forward({rows_.size(), shard.inputs, shard.outputs}, input(layer).f32(),
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
  if (!keeps_part) return;
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes()), .name = "forward"},
               [&] { std::copy_n(values.f32(), values.count, activations_[layer + 1].slice().f32()); });
}

Slice TensorShard::restore_input(Comm& comm, std::size_t layer) {
  const Slice values = part_of(input(layer));
  comm.compute({.memory_bytes = 2.0 * static_cast<double>(values.bytes()), .name = "backward"},
               [&] { std::copy_n(activations_[layer].slice().f32(), values.count, values.f32()); });
  return input(layer);
}

void TensorShard::activation_backward(Comm& comm, std::size_t layer) {
  if (!layers_[layer].whole->activated) return;
  const bool has_part = is_split(layer + 1) && layer + 1 < last_border();
  const Slice gradient = has_part ? part_of(output_gradient(layer)) : output_gradient(layer);
  const Slice values = has_part ? activations_[layer + 1].slice() : output(layer);
  comm.compute({.name = "backward"}, [&] {
    kernels::activation_backward(job_.model.activation, gradient.count, values.f32(), gradient.f32());
  });
}

double TensorShard::loss(Comm& comm) {
  double sum = 0;
  const double scale = 1.0 / static_cast<double>(job_.batches.global_batch());
  comm.compute({.name = "loss"}, [&] {
    if (!is_numeric()) return;
    const std::size_t width = widths_.back();
    const std::size_t last = layers_.size() - 1;
    const float* output = this->output(last).f32();
    float* gradient = output_gradient(last).f32();
    for (const std::uint32_t row : rows_) {
      const float target = job_.data->train.targets[row];
      sum += job_.model.loss == Loss::mse
                 ? kernels::squared_error(*output, target, scale, gradient)
                 : kernels::cross_entropy(width, output, static_cast<std::size_t>(target), scale, gradient);
      output += width, gradient += width;
    }
  });
  return sum * scale;
}

void TensorShard::backward(Comm& comm, std::size_t layer) {
  const ShardLayer& shard = layers_[layer];
  const double flops = shard.share * shard.whole->backward_flops_per_sample * static_cast<double>(rows_.size());
  comm.compute({.flops = flops, .name = "backward"}, [&] {
    if (!is_numeric()) return;
    const kernels::DenseShape shape{rows_.size(), shard.inputs, shard.outputs};
    const float* gradient = output_gradient(layer).f32();
    float* of_parameters = gradients_.slice().f32() + shard.offset;
    kernels::dense_parameter_gradient(shape, input(layer).f32(), gradient, false, of_parameters);
    const bool has_no_biases = shard.cut == Cut::by_inputs && rank_ != 0;
    if (has_no_biases) std::fill_n(of_parameters + shape.outputs * shape.inputs, shape.outputs, 0.0F);
    if (layer == 0) return;
    kernels::dense_input_gradient(shape, gradient, parameters_.slice().f32() + shard.offset,
                                  input_gradient(layer).f32());
  });
}

}  // namespace tandem
