#include "algorithms/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "algorithms/data/loaders.h"
#include "algorithms/workload_error.h"
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
            .features = rows.features.split_off(first * width),
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
    throw WorkloadError("data.validation",
                        fmt::format("is {} and takes all {} rows: none is left to train on", fraction, rows),
                        fmt::format("from 0 to below {:.4g}", 1 - 0.5 / static_cast<double>(rows)));
  }
  return count;
}

void limit_train_rows(Dataset& data, std::size_t count) {
  if (count == 0 || count > data.train.count) {
    throw WorkloadError("data.train_rows", fmt::format("is {}, and there are {} rows", count, data.train.count),
                        fmt::format("1 to {}", data.train.count));
  }
  keep_first(data.train, count, data.width);
}

/// The weights that give the same targets from the scaled features.
void apply_to_weights(const Scaling& scaling, std::vector<float>& known_weights) {
  double bias = known_weights.back();
  for (std::size_t c = 0; c < scaling.means.size(); ++c) {
    const double weight = known_weights[c] / scaling.scale;
    bias += weight * scaling.means[c];
    known_weights[c] = static_cast<float>(weight * scaling.deviations[c]);
  }
  known_weights.back() = static_cast<float>(bias);
}

void scale_features(const DataSpec& spec, Dataset& data) {
  if (spec.scale == 0 || !std::isfinite(spec.scale)) {
    throw UsageError(fmt::format("data: scale is {}; it must be a number other than 0", spec.scale));
  }
  if (spec.scale == 1 && !spec.standardize) return;
  const Scaling scaling = spec.standardize ? data.train.features.standard_scaling(data.width, spec.scale)
                                           : Scaling{spec.scale, std::vector<double>(data.width, 0.0),
                                                     std::vector<double>(data.width, 1.0)};
  data.train.features.transform(scaling);
  data.validation.features.transform(scaling);
  if (!data.known_weights.empty()) apply_to_weights(scaling, data.known_weights);
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
