// Data sets in memory: features, row after row, and one target per row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/data/row_features.h"
#include "algorithms/spec.h"

namespace tandem {

/// Rows of one kind. `features` is rows x width, row-major; a target is a value (regression) or a class number.
struct Rows {
  std::size_t count = 0;
  RowFeatures features;
  std::vector<float> targets;
};

struct Dataset {
  std::size_t width = 0;    ///< features per row
  std::size_t classes = 0;  ///< 0: regression
  Rows train;
  Rows validation;                   ///< may be empty
  std::vector<float> known_weights;  ///< synthetic-linear: `width` weights, then the bias; else empty
};

/// Loads or generates the data of `spec` and checks that it suits the loss (cross-entropy needs class numbers).
/// Throws UsageError naming file, row and column, the value found and what is allowed: missing or truncated files,
/// wrong magic numbers, NaN, label out of range, ragged csv rows.
Dataset load_dataset(const DataSpec& spec, Loss loss, std::uint64_t seed);

}  // namespace tandem
