#include <fmt/format.h>

#include <cmath>
#include <random>

#include "algorithms/data/loaders.h"
#include "core/errors.h"
#include "core/rng.h"

namespace tandem {
namespace {

// Each has a stream of its own, so that more rows or more noise do not change the weights.
constexpr std::uint64_t kWeightStream = 0, kFeatureStream = 1, kNoiseStream = 2;

}  // namespace

LoadedRows make_synthetic_linear(std::size_t rows, std::size_t features, double noise, std::uint64_t seed) {
  if (rows == 0 || features == 0) {
    throw UsageError(fmt::format("synthetic-linear: {} rows of {} features; both must be at least 1", rows, features));
  }
  if (!(noise >= 0) || !std::isfinite(noise)) {
    throw UsageError(fmt::format("synthetic-linear: noise is {}; a standard deviation is 0 or more", noise));
  }
  std::normal_distribution<double> normal;
  LoadedRows loaded{.width = features};

  std::mt19937_64 stream = keyed_stream(seed, Purpose::synthetic_data, kWeightStream);
  for (std::size_t i = 0; i <= features; ++i) loaded.known_weights.push_back(static_cast<float>(normal(stream)));
  const float bias = loaded.known_weights.back();

  stream = keyed_stream(seed, Purpose::synthetic_data, kFeatureStream);
  std::mt19937_64 noise_stream = keyed_stream(seed, Purpose::synthetic_data, kNoiseStream);
  std::normal_distribution<double> noise_normal;
  loaded.rows.count = rows;
  std::vector<float> values;
  values.reserve(rows * features);
  loaded.rows.targets.reserve(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    double target = bias;
    for (std::size_t i = 0; i < features; ++i) {
      const auto feature = static_cast<float>(normal(stream));
      values.push_back(feature);
      target += static_cast<double>(loaded.known_weights[i]) * feature;
    }
    loaded.rows.targets.push_back(static_cast<float>(target + noise * noise_normal(noise_stream)));
  }
  loaded.rows.features = RowFeatures(std::move(values));
  return loaded;
}

}  // namespace tandem
