#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "algorithms/model/kernels.h"
#include "algorithms/model/model.h"

namespace tandem {
namespace {

// Large enough for fast matrix products, small enough to stay in cache.
constexpr std::size_t kRowsAtOnce = 256;

/// The last layer's outputs for `samples` rows from `features`; `input` and `output` are room to work in.
const std::vector<float>& outputs_of(const Model& model, const float* features, std::size_t samples,
                                     const float* parameters, std::vector<float>& input, std::vector<float>& output) {
  const float* layer_input = features;
  for (const Layer& layer : model.layers) {
    output.resize(samples * layer.outputs);
    kernels::dense_forward({samples, layer.inputs, layer.outputs}, layer_input, parameters + layer.offset,
                           layer.activated ? std::optional(model.activation) : std::nullopt, output.data());
    std::swap(input, output);
    layer_input = input.data();
  }
  return input;
}

}  // namespace

Evaluation evaluate(const Model& model, const Dataset& data, const Rows& rows, const float* parameters) {
  double loss = 0;
  std::size_t correct = 0;
  std::vector<float> features, input, output;
  for (std::size_t begin = 0; begin < rows.count; begin += kRowsAtOnce) {
    const std::size_t samples = std::min(kRowsAtOnce, rows.count - begin);
    const std::vector<float>& outputs =
        outputs_of(model, rows.features.rows(begin, samples, data.width, features), samples, parameters, input, output);
    for (std::size_t s = 0; s < samples; ++s) {
      const float target = rows.targets[begin + s];
      if (model.loss == Loss::mse) {
        loss += kernels::squared_error(outputs[s], target, 1, nullptr);
        continue;
      }
      const float* scores = outputs.data() + s * data.classes;
      const auto label = static_cast<std::size_t>(target);
      loss += kernels::cross_entropy(data.classes, scores, label, 1, nullptr);
      if (static_cast<std::size_t>(std::max_element(scores, scores + data.classes) - scores) == label) ++correct;
    }
  }
  constexpr double kNotDefined = std::numeric_limits<double>::quiet_NaN();
  if (rows.count == 0) return {kNotDefined, kNotDefined};
  const auto count = static_cast<double>(rows.count);
  return {loss / count, model.loss == Loss::mse ? kNotDefined : static_cast<double>(correct) / count};
}

}  // namespace tandem
