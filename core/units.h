// Quantities as people write them: 10Gbit/s, 50us, 4MiB, 10Gflop/s. The scenario loader reads them, tables show them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/errors.h"

namespace tandem {

/// What a quantity measures. Values are held in bytes/s, seconds, bytes, flop/s and flop.
enum class Dimension { data_rate, time, bytes, compute_rate, computation };

/// One unit is numerator / denominator held units. Both are exact, so that 20us is the double nearest to 20e-6.
struct Unit {
  std::string_view name;
  Dimension dimension;
  double numerator;
  double denominator = 1;
};

/// The units of a dimension, smallest first.
std::span<const Unit> units_of(Dimension dimension);
/// "a data rate", "a time", "a size in bytes", "a computing speed", "an amount of computation".
std::string_view name_of(Dimension dimension);
/// An example with its unit: "10Gbit/s".
std::string_view example_of(Dimension dimension);

/// Thrown for a text that is no quantity of the dimension asked for. what() says why, without repeating the text.
class QuantityError : public UsageError {
 public:
  explicit QuantityError(const std::string& what, std::string suggestion = {})
      : UsageError(what), suggestion_(std::move(suggestion)) {}
  const std::string& suggestion() const { return suggestion_; }  ///< what may have been meant; may be empty

 private:
  std::string suggestion_;
};

/// A number and its unit, with or without a space between them. Throws QuantityError: no number, no unit, an unknown
/// unit, a unit of another dimension. The caller checks sign and size.
double parse_quantity(std::string_view text, Dimension dimension);

/// The shortest form for people, to `digits` significant digits: 1.25e9 bytes/s is "10Gbit/s".
std::string format_quantity(double value, Dimension dimension, int digits = 6);
/// The shortest form that parse_quantity reads back as exactly `value`.
std::string format_quantity_exactly(double value, Dimension dimension);

}  // namespace tandem
