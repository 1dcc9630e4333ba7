#include "algorithms/strategies/tensor_shard.h"

#include <algorithm>

#include "algorithms/model/kernels.h"

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

TensorShard::TensorShard(const Comm& comm, const Job& job)
    : job_(job), rank_(comm.rank()), layers_(shard_layers(job.model, comm.size(), comm.rank())) {
  const std::size_t count = layers_.back().offset + layers_.back().parameters();
  parameters_ = comm.make_buffer(count);
  gradients_ = comm.make_buffer(count);
  widths_.push_back(layers_.front().inputs);
  for (const ShardLayer& layer : layers_) widths_.push_back(layer.outputs);
  for (const std::size_t width : widths_) {
    activations_.push_back(comm.make_buffer(job.batches.global_batch() * width));
    activation_gradients_.push_back(comm.make_buffer(job.batches.global_batch() * width));
  }
  if (parameters_.slice().is_phantom() || job.initial_parameters.empty()) return;
  State pieces;
  describe(pieces);
  for (const Piece& piece : pieces.pieces()) {
    std::copy_n(job.initial_parameters.data() + piece.offset, piece.values.count, piece.values.f32());
  }
}

void TensorShard::describe(State& state) {
  for (const ShardLayer& shard : layers_) {
    const Slice mine = parameters_.slice().part(shard.offset, shard.parameters());
    const Layer& whole = *shard.whole;
    const std::size_t biases = whole.offset + whole.outputs * whole.inputs;
    const auto weights = [&](std::size_t from) { return mine.part(from, shard.inputs); };
    if (shard.cut == Cut::by_inputs) {
      for (std::size_t o = 0; o < whole.outputs; ++o)
        state.add_parameters(whole.offset + o * whole.inputs + shard.part.begin, weights(o * shard.inputs),
                             Copy::owned);
      if (rank_ == 0) state.add_parameters(biases, mine.part(whole.outputs * shard.inputs, whole.outputs), Copy::owned);
    } else {
      const Copy copy = shard.cut == Cut::none && rank_ != 0 ? Copy::version : Copy::owned;
      const std::size_t first = shard.cut == Cut::none ? 0 : shard.part.begin;
      state.add_parameters(whole.offset + first * whole.inputs, mine.part(0, shard.outputs * shard.inputs), copy);
      state.add_parameters(biases + first, mine.part(shard.outputs * shard.inputs, shard.outputs), copy);
    }
  }
}

Slice TensorShard::values_of(std::vector<Buffer>& buffers, std::size_t i) {
  return buffers[i].slice().part(0, rows_.size() * widths_[i]);
}
Slice TensorShard::output(std::size_t layer) { return values_of(activations_, layer + 1); }
Slice TensorShard::input_gradient(std::size_t layer) { return values_of(activation_gradients_, layer); }

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
    kernels::dense_forward({rows_.size(), shard.inputs, shard.outputs}, activations_[layer].slice().f32(),
                           parameters_.slice().f32() + shard.offset, std::nullopt,
                           activations_[layer + 1].slice().f32());
  });
}

void TensorShard::activate(Comm& comm, std::size_t layer) {
  if (!layers_[layer].whole->activated) return;
  // Counted as no flops, as in every layer.
  comm.compute({.name = "forward"},
               [&] { kernels::activate(job_.model.activation, output(layer).count, output(layer).f32()); });
}

double TensorShard::loss(Comm& comm) {
  double sum = 0;
  const double scale = 1.0 / static_cast<double>(job_.batches.global_batch());
  comm.compute({.name = "loss"}, [&] {
    if (!is_numeric()) return;
    const std::size_t width = widths_.back();
    const float* output = activations_.back().slice().f32();
    float* gradient = activation_gradients_.back().slice().f32();
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
    float* gradient = activation_gradients_[layer + 1].slice().f32();
    if (shard.whole->activated) {
      kernels::activation_backward(job_.model.activation, shape.samples * shape.outputs,
                                   activations_[layer + 1].slice().f32(), gradient);
    }
    float* of_parameters = gradients_.slice().f32() + shard.offset;
    kernels::dense_parameter_gradient(shape, activations_[layer].slice().f32(), gradient, false, of_parameters);
    const bool has_no_biases = shard.cut == Cut::by_inputs && rank_ != 0;
    if (has_no_biases) std::fill_n(of_parameters + shape.outputs * shape.inputs, shape.outputs, 0.0F);
    if (layer == 0) return;
    kernels::dense_input_gradient(shape, gradient, parameters_.slice().f32() + shard.offset,
                                  activation_gradients_[layer].slice().f32());
  });
}

}  // namespace tandem
