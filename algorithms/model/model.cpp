#include "algorithms/model/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "algorithms/workload_error.h"
#include "core/counted.h"
#include "core/errors.h"

namespace tandem {
namespace {

Layer dense(std::string name, std::size_t offset, std::size_t inputs, std::size_t outputs, bool is_first) {
  const double product_flops = 2.0 * static_cast<double>(inputs) * static_cast<double>(outputs);
  return {.name = std::move(name),
          .offset = offset,
          .parameters = (inputs + 1) * outputs,
          .inputs = inputs,
          .outputs = outputs,
          .forward_flops_per_sample = product_flops,
          .backward_flops_per_sample = is_first ? product_flops : 2 * product_flops,
          .weight_flops_per_sample = product_flops,
          .kept = {.whole = 2.0 * static_cast<double>(bytes_of(outputs))}};
}

void add_dense(Model& model, std::string name, std::size_t inputs, std::size_t outputs) {
  model.layers.push_back(dense(std::move(name), model.parameters, inputs, outputs, model.layers.empty()));
  model.parameters += model.layers.back().parameters;
}

/// Where a layer does not say what it keeps, that is its output and the output's gradient.
LayerBytes kept_by(const ProfileLayer& layer, Recomputation recompute) {
  if (!layer.kept) return {.whole = 2.0 * static_cast<double>(bytes_of(layer.activations_per_sample))};
  if (recompute == Recomputation::full) return {.whole = layer.kept->recomputed};
  LayerBytes kept = *layer.kept;
  if (recompute == Recomputation::selective) kept.pairs = 0;
  return kept;
}

/// Forward an element-wise operation reads a value and writes one; backward it reads the gradient of what it wrote and
/// the value, and writes a gradient.
constexpr double kBackwardMoves = 1.5;

/// What the backward pass computes anew is added to it: it cannot begin before.
void add_recomputation(Layer& layer, const ProfileLayer& profile, Recomputation recompute) {
  if (!profile.kept || recompute == Recomputation::none) return;
  const bool is_full = recompute == Recomputation::full;
  layer.backward_flops_per_sample += is_full ? profile.forward_flops_per_sample : profile.attention_flops_per_sample;
  layer.backward_moved.pairs += profile.moved.pairs;
  if (!is_full) return;
  layer.backward_moved.whole += profile.moved.whole;
  layer.backward_moved.cut += profile.moved.cut;
}

void add_profile(Model& model, const ModelSpec& spec) {
  if (spec.profile.empty()) throw UsageError("model profile: no layers; at least one is needed");
  model.recompute = spec.recompute;
  model.bytes_per_parameter = spec.bytes_per_parameter;
  std::size_t inputs = spec.profile.front().activations_per_sample;
  for (const ProfileLayer& layer : spec.profile) {
    model.layers.push_back(
        {.name = layer.name,
         .offset = model.parameters,
         .parameters = layer.parameters,
         .inputs = inputs,
         .outputs = layer.activations_per_sample,
         .forward_flops_per_sample = layer.forward_flops_per_sample,
         .backward_flops_per_sample = layer.backward_flops_per_sample,
         .weight_flops_per_sample = layer.weight_flops_per_sample.value_or(layer.backward_flops_per_sample / 2),
         .heads = layer.heads,
         .kept = kept_by(layer, spec.recompute),
         .forward_moved = layer.moved,
         .backward_moved = kBackwardMoves * layer.moved,
         .experts = layer.experts});
    add_recomputation(model.layers.back(), layer, spec.recompute);
    model.parameters += layer.parameters;
    model.states_memory = model.states_memory || layer.kept.has_value();
    inputs = layer.activations_per_sample;
  }
}

const char* name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::linear:
      return "linear";
    case ModelKind::softmax:
      return "softmax";
    case ModelKind::mlp:
      return "mlp";
    case ModelKind::profile:
      return "profile";
  }
  return "?";
}

void check_fit(const ModelSpec& spec, Loss loss, const Dataset* data) {
  const std::string name = name_of(spec.kind);
  if (data == nullptr) throw UsageError(fmt::format("model {}: needs data; only a profile model goes without", name));
  if (data->width == 0) throw WorkloadError("data", fmt::format("has no features; model {} needs at least one", name));
  if (spec.kind == ModelKind::linear && loss != Loss::mse) {
    throw UsageError("model linear: loss cross-entropy does not fit its single output; use mse, or the softmax model");
  }
  if (spec.kind == ModelKind::softmax && loss != Loss::cross_entropy) {
    throw UsageError("model softmax: loss mse does not fit class scores; use cross-entropy, or the linear model");
  }
  if (loss == Loss::cross_entropy && data->classes < 2) {
    throw WorkloadError(
        "data", fmt::format("has {}, and cross-entropy needs at least 2", counted(data->classes, "class", "es")));
  }
  if (spec.kind == ModelKind::mlp) {
    for (const std::size_t width : spec.hidden) {
      if (width == 0) throw UsageError("model mlp: hidden layer of width 0; widths are at least 1");
    }
  }
}

}  // namespace

Range Model::parameter_range(Range layer_range) const {
  const auto offset = [this](std::size_t layer) { return layer < layers.size() ? layers[layer].offset : parameters; };
  return {offset(layer_range.begin), offset(layer_range.end)};
}

double Model::flops_per_sample() const {
  double flops = 0;
  for (const Layer& layer : layers) flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  return flops;
}

void charge_as(Model& model, const ModelCosts& costs) {
  const double scale = costs.flops_per_sample / model.flops_per_sample();
  for (Layer& layer : model.layers) {
    layer.forward_flops_per_sample *= scale;
    layer.backward_flops_per_sample *= scale;
    layer.weight_flops_per_sample *= scale;
  }
  model.wire_bytes_per_value =
      kBytesPerValue * static_cast<double>(costs.parameters) / static_cast<double>(model.parameters);
}

Model make_model(const ModelSpec& spec, Loss loss, const Dataset* data) {
  Model model{.kind = spec.kind, .activation = spec.activation, .initialisation = spec.initialisation, .loss = loss};
  if (spec.kind == ModelKind::profile) {
    add_profile(model, spec);
    return model;
  }
  check_fit(spec, loss, data);
  std::size_t inputs = data->width;
  if (spec.kind == ModelKind::mlp) {
    for (std::size_t i = 0; i < spec.hidden.size(); ++i) {
      add_dense(model, fmt::format("hidden{}", i + 1), inputs, spec.hidden[i]);
      model.layers.back().activated = true;
      inputs = spec.hidden[i];
    }
  }
  add_dense(model, "output", inputs, loss == Loss::mse ? 1 : data->classes);
  return model;
}

std::vector<double> layer_costs(const Model& model) {
  std::vector<double> costs;
  costs.reserve(model.layers.size());
  for (const Layer& layer : model.layers)
    costs.push_back(layer.forward_flops_per_sample + layer.backward_flops_per_sample);
  return costs;
}

std::vector<Range> stages_by_cost(const Model& model, int stages) {
  const std::size_t layers = model.layers.size();
  const auto parts = static_cast<std::size_t>(stages);
  std::vector<double> cost_up_to(layers + 1, 0.0);
  const std::vector<double> costs = layer_costs(model);
  std::partial_sum(costs.begin(), costs.end(), cost_up_to.begin() + 1);
  // largest[n]: the smallest possible largest cost when the first n layers are cut into p parts; fewer[n]: into one
  // less.
  std::vector<double> fewer, largest(layers + 1, std::numeric_limits<double>::infinity());
  largest[0] = 0;
  std::vector<std::vector<std::uint32_t>> last_cut(parts + 1, std::vector<std::uint32_t>(layers + 1));
  for (std::size_t p = 1; p <= parts; ++p) {
    fewer = largest;
    // The later the last part begins, the less it costs, and the more those before it. So the best cut is where the one
    // outgrows the other, or just before, and it moves on with n.
    std::size_t turn = p - 1;
    for (std::size_t n = p; n <= layers; ++n) {
      const auto cost = [&](std::size_t cut) { return std::max(fewer[cut], cost_up_to[n] - cost_up_to[cut]); };
      while (turn + 1 < n && fewer[turn] < cost_up_to[n] - cost_up_to[turn]) ++turn;
      std::size_t cut = turn;
      while (cut > p - 1 && cost(cut - 1) <= cost(cut)) --cut;
      largest[n] = cost(cut);
      last_cut[p][n] = static_cast<std::uint32_t>(cut);
    }
  }
  std::vector<Range> result(parts);
  std::size_t end = layers;
  for (std::size_t p = parts; p > 0; --p) {
    result[p - 1] = {last_cut[p][end], end};
    end = last_cut[p][end];
  }
  return result;
}

}  // namespace tandem
