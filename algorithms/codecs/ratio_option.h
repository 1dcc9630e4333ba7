// What codecs share that keep a share of the values.
#pragma once

#include <cmath>

#include "core/config/options.h"

namespace tandem {

struct RatioOption {
  double ratio = 0.01;  ///< the share of values that are kept
  /// How many of `count` values that are.
  std::size_t kept(std::size_t count) const {
    return static_cast<std::size_t>(std::ceil(ratio * static_cast<double>(count)));
  }
};

inline OptionTable ratio_option() {
  return option_table<RatioOption>(
      Mapping<RatioOption>().key("ratio", &RatioOption::ratio, number(above(0, 1)),
                                 "the share of the values that a message carries"),
      +[](const RatioOption& option) { return fmt::format("{:g} %", 100 * option.ratio); });
}

}  // namespace tandem
