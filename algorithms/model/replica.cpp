#include "algorithms/model/replica.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "algorithms/model/kernels.h"
#include "core/errors.h"

namespace tandem {

Slice Pass::input() { return activations_.front().slice().part(0, samples_ * widths_.front()); }
Slice Pass::output() { return activations_.back().slice().part(0, samples_ * widths_.back()); }
Slice Pass::output_gradient() { return gradients_.back().slice().part(0, samples_ * widths_.back()); }
Slice Pass::input_gradient() { return gradients_.front().slice().part(0, samples_ * widths_.front()); }

void Pass::exchange_inner(Pass& other) {
  for (std::size_t i = 1; i + 1 < activations_.size(); ++i) {
    std::swap(activations_[i], other.activations_[i]);
    std::swap(gradients_[i], other.gradients_[i]);
  }
}

Work Pass::work(std::string_view name, double flops_per_sample, const LayerBytes& moved_per_sample) const {
  const auto samples = static_cast<double>(samples_);
  return {.flops = flops_per_sample * samples,
          .memory_bytes = moved_per_sample.sum() * samples,
          .name = name,
          .microbatch = microbatch_,
          .chunk = chunk_};
}

void Pass::exchange_output(Pass& other) { std::swap(activations_.back(), other.activations_.back()); }

Replica::Replica(const Comm& comm, const Job& job, Range layers)
    : job_(&job),
      layers_(layers),
      parameters_(initial_buffer(comm, job, job.model.parameter_range(layers))),
      gradients_(comm.make_buffer(parameters_.count())),
      fresh_(layers.size(), true) {}

Slice Replica::gradients_of(Range layers) {
  const std::size_t first = parameter_range().begin;
  const Range range = job_->model.parameter_range(layers);
  return part_of(gradients_, {range.begin - first, range.end - first});
}

Pass Replica::make_pass(std::size_t capacity, Inner inner) const {
  const bool numeric = job_->model.is_numeric();
  const bool phantom = parameters_.slice().is_phantom();
  Pass pass;
  pass.capacity_ = capacity;
  for (std::size_t i = 0; i <= layers_.size(); ++i) {
    const bool is_input = i == 0;
    const bool is_output = i == layers_.size();
    pass.widths_.push_back(is_input ? job_->model.layers[layers_.begin].inputs
                                    : job_->model.layers[layers_.begin + i - 1].outputs);
    // In a profile model only what another stage sends or receives needs memory: its layers compute nothing.
    const bool travels = (is_input && !has_first_layer()) || (is_output && !has_last_layer());
    const bool values = !phantom && (numeric || travels);
    const bool gradient_values = values && !(is_input && has_first_layer());
    const bool has_room = is_input || is_output || inner == Inner::own;
    const std::size_t count = has_room ? capacity * pass.widths_.back() : 0;
    pass.activations_.emplace_back(count, values ? Payload::numeric : Payload::phantom);
    pass.gradients_.emplace_back(count, gradient_values ? Payload::numeric : Payload::phantom);
  }
  return pass;
}

void Replica::load(Pass& pass, std::span<const std::uint32_t> rows) const {
  if (rows.size() > pass.capacity_) {
    broken_invariant(fmt::format("{} rows loaded into a pass with room for {}", rows.size(), pass.capacity_));
  }
  pass.samples_ = rows.size();
  pass.rows_.assign(rows.begin(), rows.end());
  if (!has_first_layer() || pass.input().is_phantom()) return;

  const std::size_t width = pass.widths_.front();
  float* input = pass.input().f32();
  for (const std::uint32_t row : rows) input = job_->data->train.features.copy_rows(row, 1, width, input);
}

void Replica::begin_step() { std::fill(fresh_.begin(), fresh_.end(), true); }

void Replica::forward(Comm& comm, Pass& pass, std::size_t layer_number) {
  const std::size_t i = layer_number - layers_.begin;
  const Layer& layer = job_->model.layers[layer_number];
  comm.compute(pass.work("forward", layer.forward_flops_per_sample, layer.forward_moved), [&] {
    if (!job_->model.is_numeric()) return;
    kernels::dense_forward({pass.samples_, layer.inputs, layer.outputs}, pass.activations_[i].slice().f32(),
                           parameters_.slice().f32() + (layer.offset - parameter_range().begin),
                           layer.activated ? std::optional(job_->model.activation) : std::nullopt,
                           pass.activations_[i + 1].slice().f32());
  });
}

void Replica::forward(Comm& comm, Pass& pass) {
  for (std::size_t layer = layers_.begin; layer < layers_.end; ++layer) forward(comm, pass, layer);
}

double Replica::loss(Comm& comm, Pass& pass, std::size_t mean_over) {
  double sum = 0;
  const double scale = 1.0 / static_cast<double>(mean_over);
  // A few operations per class, against thousands in the layers, are counted as no flops.
  comm.compute({.name = "loss", .microbatch = pass.microbatch_, .chunk = pass.chunk_}, [&] {
    if (!job_->model.is_numeric()) return;
    sum = kernels::loss_of_rows(job_->model.loss, pass.widths_.back(), pass.output().f32(), pass.rows_,
                                job_->data->train.targets.data(), scale, pass.output_gradient().f32());
  });
  return sum * (1.0 / static_cast<double>(job_->batches.global_batch()));
}

/// Turns the gradient of a layer's output into that of what its activation function was given.
void Replica::activation_gradient(Pass& pass, std::size_t layer_number) {
  const std::size_t i = layer_number - layers_.begin;
  const Layer& layer = job_->model.layers[layer_number];
  if (!layer.activated) return;
  kernels::activation_backward(job_->model.activation, pass.samples_ * layer.outputs,
                               pass.activations_[i + 1].slice().f32(), pass.gradients_[i + 1].slice().f32());
}

void Replica::weight_gradient(Pass& pass, std::size_t layer_number) {
  const std::size_t i = layer_number - layers_.begin;
  const Layer& layer = job_->model.layers[layer_number];
  kernels::dense_parameter_gradient({pass.samples_, layer.inputs, layer.outputs}, pass.activations_[i].slice().f32(),
                                    pass.gradients_[i + 1].slice().f32(), !fresh_[i],
                                    gradients_.slice().f32() + (layer.offset - parameter_range().begin));
}

void Replica::input_gradient(Pass& pass, std::size_t layer_number) {
  if (layer_number == 0) return;
  const std::size_t i = layer_number - layers_.begin;
  const Layer& layer = job_->model.layers[layer_number];
  kernels::dense_input_gradient({pass.samples_, layer.inputs, layer.outputs}, pass.gradients_[i + 1].slice().f32(),
                                parameters_.slice().f32() + (layer.offset - parameter_range().begin),
                                pass.gradients_[i].slice().f32());
}

void Replica::backward(Comm& comm, Pass& pass, std::size_t layer) {
  const Layer& computed = job_->model.layers[layer];
  comm.compute(pass.work("backward", computed.backward_flops_per_sample, computed.backward_moved), [&] {
    if (!job_->model.is_numeric()) return;
    activation_gradient(pass, layer);
    weight_gradient(pass, layer);
    input_gradient(pass, layer);
  });
  fresh_[layer - layers_.begin] = false;
}

void Replica::backward(Comm& comm, Pass& pass) {
  for (std::size_t layer = layers_.end; layer > layers_.begin; --layer) backward(comm, pass, layer - 1);
}

void Replica::backward_input(Comm& comm, Pass& pass) {
  for (std::size_t number = layers_.end; number > layers_.begin; --number) {
    const Layer& layer = job_->model.layers[number - 1];
    const double flops = layer.backward_flops_per_sample - layer.weight_flops_per_sample;
    comm.compute(pass.work("backward input", flops, layer.backward_moved), [&] {
      if (!job_->model.is_numeric()) return;
      activation_gradient(pass, number - 1);
      input_gradient(pass, number - 1);
    });
  }
}

void Replica::backward_weight(Comm& comm, Pass& pass) {
  for (std::size_t number = layers_.end; number > layers_.begin; --number) {
    comm.compute(pass.work("backward weight", job_->model.layers[number - 1].weight_flops_per_sample, {}), [&] {
      if (job_->model.is_numeric()) weight_gradient(pass, number - 1);
    });
    fresh_[number - 1 - layers_.begin] = false;
  }
}

}  // namespace tandem
