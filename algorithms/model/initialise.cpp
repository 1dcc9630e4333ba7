#include <algorithm>
#include <cmath>
#include <random>

#include "algorithms/model/model.h"
#include "core/rng.h"

namespace tandem {

std::vector<float> initial_parameters(const Model& model, std::uint64_t seed) {
  if (!model.is_numeric() || model.initialisation == Initialisation::zeros) return {};

  std::vector<float> parameters(model.parameters);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const Layer& layer = model.layers[i];
    float* weights = parameters.data() + layer.offset;
    const std::size_t count = layer.inputs * layer.outputs;
    std::mt19937_64 stream = keyed_stream(seed, Purpose::initial_parameters, i);
    if (model.initialisation == Initialisation::he) {
      std::normal_distribution<double> normal(0, std::sqrt(2.0 / static_cast<double>(layer.inputs)));
      std::generate_n(weights, count, [&] { return static_cast<float>(normal(stream)); });
    } else {
      const double limit = std::sqrt(6.0 / static_cast<double>(layer.inputs + layer.outputs));
      std::uniform_real_distribution<double> uniform(-limit, limit);
      std::generate_n(weights, count, [&] { return static_cast<float>(uniform(stream)); });
    }
  }
  return parameters;
}

}  // namespace tandem
