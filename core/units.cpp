#include "core/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace tandem {
namespace {

constexpr double kKibi = 1024;

constexpr std::array kRates = {
    Unit{"bit/s", Dimension::data_rate, 1, 8},
    Unit{"B/s", Dimension::data_rate, 1},
    Unit{"kbit/s", Dimension::data_rate, 125},
    Unit{"kB/s", Dimension::data_rate, 1e3},
    Unit{"KiB/s", Dimension::data_rate, kKibi},
    Unit{"Mbit/s", Dimension::data_rate, 125e3},
    Unit{"MB/s", Dimension::data_rate, 1e6},
    Unit{"MiB/s", Dimension::data_rate, kKibi* kKibi},
    Unit{"Gbit/s", Dimension::data_rate, 125e6},
    Unit{"GB/s", Dimension::data_rate, 1e9},
    Unit{"GiB/s", Dimension::data_rate, kKibi* kKibi* kKibi},
    Unit{"Tbit/s", Dimension::data_rate, 125e9},
};
constexpr std::array kTimes = {
    Unit{"ns", Dimension::time, 1, 1e9}, Unit{"us", Dimension::time, 1, 1e6}, Unit{"µs", Dimension::time, 1, 1e6},
    Unit{"ms", Dimension::time, 1, 1e3}, Unit{"s", Dimension::time, 1},       Unit{"min", Dimension::time, 60},
    Unit{"h", Dimension::time, 3600},
};
constexpr std::array kSizes = {
    Unit{"B", Dimension::bytes, 1},
    Unit{"kB", Dimension::bytes, 1e3},
    Unit{"KiB", Dimension::bytes, kKibi},
    Unit{"MB", Dimension::bytes, 1e6},
    Unit{"MiB", Dimension::bytes, kKibi* kKibi},
    Unit{"GB", Dimension::bytes, 1e9},
    Unit{"GiB", Dimension::bytes, kKibi* kKibi* kKibi},
};
constexpr std::array kSpeeds = {
    Unit{"flop/s", Dimension::compute_rate, 1},     Unit{"kflop/s", Dimension::compute_rate, 1e3},
    Unit{"Mflop/s", Dimension::compute_rate, 1e6},  Unit{"Gflop/s", Dimension::compute_rate, 1e9},
    Unit{"Tflop/s", Dimension::compute_rate, 1e12}, Unit{"Pflop/s", Dimension::compute_rate, 1e15},
};

constexpr std::array kComputations = {
    Unit{"flop", Dimension::computation, 1},     Unit{"kflop", Dimension::computation, 1e3},
    Unit{"Mflop", Dimension::computation, 1e6},  Unit{"Gflop", Dimension::computation, 1e9},
    Unit{"Tflop", Dimension::computation, 1e12}, Unit{"Pflop", Dimension::computation, 1e15},
};

/// Data rates are shown in bits, and times in units up to seconds, so that a column of a table is easy to compare.
bool is_shown(const Unit& unit) {
  switch (unit.dimension) {
    case Dimension::data_rate:
      return unit.name.ends_with("bit/s");
    case Dimension::time:
      return unit.numerator == 1 && unit.name != "µs";
    case Dimension::bytes:
    case Dimension::compute_rate:
    case Dimension::computation:
      return true;
  }
  return true;
}

/// Common spellings that are no unit here, and the unit that is meant.
constexpr std::array kOftenWritten = {
    std::pair{"bps", "bit/s"},       std::pair{"kbps", "kbit/s"},    std::pair{"Kbps", "kbit/s"},
    std::pair{"Mbps", "Mbit/s"},     std::pair{"mbps", "Mbit/s"},    std::pair{"Gbps", "Gbit/s"},
    std::pair{"gbps", "Gbit/s"},     std::pair{"Tbps", "Tbit/s"},    std::pair{"Mb/s", "Mbit/s"},
    std::pair{"Gb/s", "Gbit/s"},     std::pair{"Gbit", "Gbit/s"},    std::pair{"Mbit", "Mbit/s"},
    std::pair{"gbit/s", "Gbit/s"},   std::pair{"mbit/s", "Mbit/s"},  std::pair{"Gbits/s", "Gbit/s"},
    std::pair{"KB/s", "kB/s"},       std::pair{"MBps", "MB/s"},      std::pair{"GBps", "GB/s"},
    std::pair{"KB", "kB"},           std::pair{"kb", "kB"},          std::pair{"mb", "MB"},
    std::pair{"gb", "GB"},           std::pair{"K", "KiB"},          std::pair{"M", "MiB"},
    std::pair{"G", "GiB"},           std::pair{"sec", "s"},          std::pair{"secs", "s"},
    std::pair{"seconds", "s"},       std::pair{"msec", "ms"},        std::pair{"usec", "us"},
    std::pair{"m", "min"},           std::pair{"flops", "flop/s"},   std::pair{"Mflops", "Mflop/s"},
    std::pair{"Gflops", "Gflop/s"},  std::pair{"GFLOPS", "Gflop/s"}, std::pair{"GFlops", "Gflop/s"},
    std::pair{"GFlop/s", "Gflop/s"}, std::pair{"Tflops", "Tflop/s"}, std::pair{"TFLOPS", "Tflop/s"},
    std::pair{"TFlops", "Tflop/s"},
};

const Unit* find_unit(std::string_view name, Dimension dimension) {
  if (name == "μs") name = "µs";  // Greek mu and the micro sign look alike
  for (const Unit& unit : units_of(dimension)) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

[[noreturn]] void refuse_unit(std::string_view number, std::string_view unit, Dimension dimension) {
  if (unit.empty()) throw QuantityError(fmt::format("has no unit; it is {}", name_of(dimension)));
  for (Dimension other :
       {Dimension::data_rate, Dimension::time, Dimension::bytes, Dimension::compute_rate, Dimension::computation}) {
    if (other != dimension && find_unit(unit, other) != nullptr) {
      throw QuantityError(fmt::format("is {}, but {} is needed", name_of(other), name_of(dimension)));
    }
  }
  for (auto [written, meant] : kOftenWritten) {
    if (unit == written && find_unit(meant, dimension) != nullptr) {
      throw QuantityError(fmt::format("has the unknown unit \"{}\"", unit), fmt::format("{}{}", number, meant));
    }
  }
  throw QuantityError(fmt::format("has the unknown unit \"{}\"", unit));
}

}  // namespace

std::span<const Unit> units_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::data_rate:
      return kRates;
    case Dimension::time:
      return kTimes;
    case Dimension::bytes:
      return kSizes;
    case Dimension::compute_rate:
      return kSpeeds;
    case Dimension::computation:
      return kComputations;
  }
  return {};
}

std::string_view name_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::data_rate:
      return "a data rate";
    case Dimension::time:
      return "a time";
    case Dimension::bytes:
      return "a size in bytes";
    case Dimension::compute_rate:
      return "a computing speed";
    case Dimension::computation:
      return "an amount of computation";
  }
  return {};
}

std::string_view example_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::data_rate:
      return "10Gbit/s";
    case Dimension::time:
      return "50us";
    case Dimension::bytes:
      return "4MiB";
    case Dimension::compute_rate:
      return "50Gflop/s";
    case Dimension::computation:
      return "6Gflop";
  }
  return {};
}

double parse_quantity(std::string_view text, Dimension dimension) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) throw QuantityError("is a number too large or too small to be held");
  if (error != std::errc{})
    throw QuantityError(fmt::format("does not begin with a number; it is {}", name_of(dimension)));
  if (!std::isfinite(number)) throw QuantityError("is not finite");
  const std::size_t digits = static_cast<std::size_t>(end - text.data());
  const std::string_view unit_name = trim(text.substr(digits));
  const Unit* unit = find_unit(unit_name, dimension);
  if (unit == nullptr) refuse_unit(text.substr(0, digits), unit_name, dimension);
  return number * unit->numerator / unit->denominator;
}

std::string format_quantity(double value, Dimension dimension, int digits) {
  const Unit* largest = nullptr;
  const Unit* smallest = nullptr;
  std::string best;
  for (const Unit& unit : units_of(dimension)) {
    if (!is_shown(unit)) continue;
    if (smallest == nullptr) smallest = &unit;
    largest = &unit;
    const double number = value * unit.denominator / unit.numerator;
    if (std::abs(number) < 1 || std::abs(number) >= 1000) continue;
    const std::string text = fmt::format("{:.{}g}{}", number, digits, unit.name);
    if (best.empty() || text.size() < best.size()) best = text;
  }
  if (!best.empty()) return best;
  // Zero is written in the unit that values are held in; values beyond the family of units, in its nearest unit.
  if (value == 0) return fmt::format("0{}", dimension == Dimension::time ? "s" : smallest->name);
  const bool tiny = std::abs(value) * smallest->denominator / smallest->numerator < 1;
  const Unit& unit = tiny ? *smallest : *largest;
  return fmt::format("{:.{}g}{}", value * unit.denominator / unit.numerator, digits, unit.name);
}

std::string format_quantity_exactly(double value, Dimension dimension) {
  const std::string text = format_quantity(value, dimension);
  if (parse_quantity(text, dimension) == value) return text;
  for (const Unit& unit : units_of(dimension)) {
    if (unit.numerator == 1 && unit.denominator == 1) return fmt::format("{}{}", value, unit.name);
  }
  return text;
}

}  // namespace tandem
