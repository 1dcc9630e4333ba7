#include <algorithm>
#include <cmath>
#include <random>

#include "algorithms/training/model.h"
#include "core/rng.h"

namespace tandem {

void initialise(const Model& model, Range layers, std::uint64_t seed, Slice parameters) {
  if (parameters.is_phantom()) return;
  std::fill_n(parameters.data, parameters.count, 0.0F);
  if (!model.is_numeric() || model.initialisation == Initialisation::zeros) return;

  const std::size_t first_offset = model.parameter_range(layers).begin;
  for (std::size_t i = layers.begin; i < layers.end; ++i) {
    const Layer& layer = model.layers[i];
    float* weights = parameters.data + (layer.offset - first_offset);
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
}

}  // namespace tandem
