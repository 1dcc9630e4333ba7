#include "algorithms/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/data/loaders.h"
#include "core/errors.h"

namespace tandem {
namespace {

struct Loaded {
  LoadedRows file;
  Rows test;  ///< rows that the source itself sets apart
};

Loaded load(const DataSpec& spec, Loss loss, std::uint64_t seed) {
  switch (spec.source) {
    case DataSource::none:
      throw UsageError("data: no source; allowed are synthetic-linear, fashion-mnist, csv and idx");
    case DataSource::synthetic_linear:
      if (loss == Loss::cross_entropy) {
        throw UsageError("synthetic-linear: its targets are no class numbers; use loss mse instead of cross-entropy");
      }
      return {.file = make_synthetic_linear(spec.rows, spec.features, spec.noise, seed)};
    case DataSource::fashion_mnist: {
      FashionMnist loaded = load_fashion_mnist(!spec.validation.has_value());
      return {.file = std::move(loaded.train), .test = std::move(loaded.test.rows)};
    }
    case DataSource::csv:
      return {.file = load_csv(spec.path, spec.csv, loss)};
    case DataSource::idx:
      return {.file = load_idx(spec.path, spec.labels_path)};
  }
  broken_invariant("unknown data source");
}

void keep_first(Rows& rows, std::size_t count, std::size_t width) {
  rows.count = count;
  rows.features.resize(count * width);
  rows.targets.resize(count);
}

/// Removes the last rows and returns them.
Rows split_off(Rows& rows, std::size_t count, std::size_t width) {
  const std::size_t first = rows.count - count;
  Rows last{.count = count,
            .features = {rows.features.begin() + static_cast<std::ptrdiff_t>(first * width), rows.features.end()},
            .targets = {rows.targets.begin() + static_cast<std::ptrdiff_t>(first), rows.targets.end()}};
  keep_first(rows, first, width);
  return last;
}

std::size_t validation_count(double fraction, std::size_t rows) {
  if (!(fraction >= 0 && fraction < 1)) {
    throw UsageError(fmt::format("data: validation is {}; it is a fraction from 0 to below 1", fraction));
  }
  // Rounded, since 0.1 of 30 rows is 3 although no binary fraction is 0.1.
  const auto count = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows)));
  if (count >= rows) {
    throw UsageError(fmt::format("data: validation {} takes all {} rows; none is left to train on", fraction, rows));
  }
  return count;
}

void limit_train_rows(Dataset& data, std::size_t count) {
  if (count == 0 || count > data.train.count) {
    throw UsageError(
        fmt::format("data: train_rows is {}; allowed are 1 to the {} rows there are", count, data.train.count));
  }
  keep_first(data.train, count, data.width);
}

/// How features are transformed: (value * scale - mean) / deviation.
struct Scaling {
  double mean = 0;
  double deviation = 1;
};

/// Mean and standard deviation of each scaled feature over `rows`. A constant feature keeps deviation 1.
std::vector<Scaling> standard_scaling(const Rows& rows, std::size_t width, double scale) {
  // Relative to the first row: a constant feature then has a variance of exactly 0.
  const auto relative = [&](std::size_t row, std::size_t column) {
    return scale * (static_cast<double>(rows.features[row * width + column]) - rows.features[column]);
  };
  const auto count = static_cast<double>(rows.count);
  std::vector<double> mean(width, 0.0), variance(width, 0.0);
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t c = 0; c < width; ++c) mean[c] += relative(r, c) / count;
  }
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      const double distance = relative(r, c) - mean[c];
      variance[c] += distance * distance / count;
    }
  }
  std::vector<Scaling> scaling(width);
  for (std::size_t c = 0; c < width; ++c) {
    scaling[c] = {scale * rows.features[c] + mean[c], variance[c] > 0 ? std::sqrt(variance[c]) : 1};
  }
  return scaling;
}

void apply(const std::vector<Scaling>& scaling, double scale, Rows& rows) {
  const std::size_t width = scaling.size();
  for (std::size_t r = 0; r < rows.count; ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      float& value = rows.features[r * width + c];
      value = static_cast<float>((value * scale - scaling[c].mean) / scaling[c].deviation);
      if (!std::isfinite(value)) {
        throw UsageError(fmt::format("data: feature {} of row {} is not finite after scaling by {}", c, r, scale));
      }
    }
  }
}

/// The weights that give the same targets from the scaled features.
void apply_to_weights(const std::vector<Scaling>& scaling, double scale, std::vector<float>& known_weights) {
  double bias = known_weights.back();
  for (std::size_t c = 0; c < scaling.size(); ++c) {
    const double weight = known_weights[c] / scale;
    bias += weight * scaling[c].mean;
    known_weights[c] = static_cast<float>(weight * scaling[c].deviation);
  }
  known_weights.back() = static_cast<float>(bias);
}

void scale_features(const DataSpec& spec, Dataset& data) {
  if (spec.scale == 0 || !std::isfinite(spec.scale)) {
    throw UsageError(fmt::format("data: scale is {}; it must be a number other than 0", spec.scale));
  }
  if (spec.scale == 1 && !spec.standardize) return;
  const std::vector<Scaling> scaling =
      spec.standardize ? standard_scaling(data.train, data.width, spec.scale) : std::vector<Scaling>(data.width);
  apply(scaling, spec.scale, data.train);
  apply(scaling, spec.scale, data.validation);
  if (!data.known_weights.empty()) apply_to_weights(scaling, spec.scale, data.known_weights);
}

std::size_t count_classes(const Rows& rows) {
  return static_cast<std::size_t>(*std::max_element(rows.targets.begin(), rows.targets.end())) + 1;
}

}  // namespace

Dataset load_dataset(const DataSpec& spec, Loss loss, std::uint64_t seed) {
  auto [file, test] = load(spec, loss, seed);
  Dataset data{.width = file.width,
               .classes = loss == Loss::cross_entropy ? count_classes(file.rows) : 0,
               .train = std::move(file.rows),
               .validation = std::move(test),
               .known_weights = std::move(file.known_weights)};
  if (spec.validation) {
    data.validation = split_off(data.train, validation_count(*spec.validation, data.train.count), data.width);
  }
  if (spec.train_rows) limit_train_rows(data, *spec.train_rows);
  scale_features(spec, data);
  return data;
}

}  // namespace tandem
