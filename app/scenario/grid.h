// The grid of a sweep: which keys take which values, and every combination of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/config/document.h"
#include "core/config/reader.h"

namespace tandem {

/// A swept key and its values, in file order.
struct Factor {
  std::string key;
  Position position;
  std::vector<Value> values;
};

/// The factors of `sweep.grid`, checked: known keys, lists with values, no value twice, not too many points. A factor
/// with a mistake is reported and left out, so that the rest can still be checked.
std::vector<Factor> read_factors(const Value& grid, Reader& reader);

/// The number of combinations; 1 without factors.
std::size_t points_of(const std::vector<Factor>& factors);

/// The index of each factor's value at a point; the first factor varies slowest.
std::vector<std::size_t> indices_of(const std::vector<Factor>& factors, std::size_t point);

}  // namespace tandem
