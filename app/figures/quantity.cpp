#include "app/figures/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem {
namespace {

constexpr std::array<std::string_view, 8> kPrefixes = {"n", "u", "m", "", "k", "M", "G", "T"};
constexpr int kNoPrefix = 3;

bool keeps_unit(std::string_view unit) { return unit == "s" || unit == "B"; }

struct Scaled {
  double mantissa;
  std::string suffix;
};

/// Thousands only: below 1 a plain number keeps its decimals, seconds become milli, micro and nano.
Scaled scaled(double value, std::string_view unit) {
  int step = 0;
  if (value != 0) {
    // A value that three digits round up to 1000 belongs to the next prefix.
    const double rounded = std::abs(value) * (1 + 0.0005);
    step = static_cast<int>(std::floor(std::log10(rounded) / 3));
    step = std::clamp(step, unit == "s" ? -kNoPrefix : 0, unit == "s" ? 0 : 4);
  }
  std::string suffix(kPrefixes[static_cast<std::size_t>(step + kNoPrefix)]);
  if (keeps_unit(unit)) suffix = fmt::format(" {}{}", suffix, unit);
  return {value / std::pow(1000.0, step), suffix};
}

}  // namespace

std::string human_quantity(double value, std::string_view unit) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const auto [mantissa, suffix] = scaled(value, unit);
  const double size = std::abs(mantissa);
  const int decimals = size == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  if (size != 0 && size < 0.0995) return fmt::format("{:.3g}{}", mantissa, suffix);
  return fmt::format("{:.{}f}{}", mantissa, decimals, suffix);
}

std::string tick_text(double value, std::string_view unit, double like) {
  const auto [mantissa, suffix] = scaled(like, unit);
  return fmt::format("{:.6g}{}", value / like * mantissa, value == 0 && !keeps_unit(unit) ? "" : suffix);
}

}  // namespace tandem
