#include "core/config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "core/config/limits.h"
#include "core/config/nearest.h"

namespace tandem {
namespace {

/// The whole text as a number, infinities and NaN included.
std::optional<double> as_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text == ".inf" || text == ".Inf" || text == ".INF") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::numeric_limits<double>::quiet_NaN();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A whole number, also as 1e6; nullopt when it is none or does not fit.
std::optional<std::uint64_t> as_whole(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{} && end == text.data() + text.size()) return whole;
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double skips whole numbers
  const std::optional<double> number = as_number(text);
  if (!number || !(*number >= 0 && *number <= kExact) || *number != std::floor(*number)) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

/// Quoted numbers are text: their type is never guessed.
bool is_plain(const Value& value) { return value.kind == Value::Kind::scalar && !value.quoted; }

/// In YAML 1.1 these meant true and false; in YAML 1.2 they are text.
std::string other_word_for_flag(std::string_view word) {
  for (std::string_view yes : {"yes", "Yes", "on", "On", "True", "TRUE", "1"}) {
    if (word == yes) return "true";
  }
  for (std::string_view no : {"no", "No", "off", "Off", "False", "FALSE", "0"}) {
    if (word == no) return "false";
  }
  return {};
}

std::vector<std::string> key_names(const TypeInfo& mapping) {
  std::vector<std::string> names;
  for (const KeyInfo& key : mapping.keys) names.push_back(key.key);
  return names;
}

void report_unknown_key(const Entry& entry, const TypeInfo& type, std::string_view variant, Reader& reader) {
  const std::vector<std::string> taken = keys_of_variant(type, variant);
  const std::vector<std::string> known = key_names(type);
  if (std::find(known.begin(), known.end(), entry.key) != known.end()) {
    std::vector<std::string> options = taken;
    std::erase(options, type.variant_key);
    reader.error(entry.position, fmt::format("{} \"{}\" does not take \"{}\"", reader.path(), variant, entry.key), {},
                 options.empty() ? "no options" : fmt::format("{}", fmt::join(options, ", ")));
    return;
  }
  reader.error(entry.position, fmt::format("unknown key \"{}\" in {}", entry.key, reader.path()),
               nearest(entry.key, taken), fmt::format("{}", fmt::join(taken, ", ")));
}

}  // namespace

void Reader::wrong_value(const Value& value, const TypeInfo& type) {
  std::string suggestion;
  if (type.shape == Shape::flag) suggestion = other_word_for_flag(value.text);
  if (type.shape == Shape::choice && value.kind == Value::Kind::scalar) suggestion = nearest(value.text, type.choices);
  if (type.shape == Shape::choice) {
    error(value.position, fmt::format("{} is {}", path(), describe(value)), suggestion, allowed(type));
    return;
  }
  error(value.position, fmt::format("{} must be {}, not {}", path(), phrase(type), describe(value)), suggestion);
}

void read_flag(const Value& value, const TypeInfo& type, Reader& reader, bool& into) {
  if (is_plain(value) && (value.text == "true" || value.text == "false")) {
    into = value.text == "true";
  } else {
    reader.wrong_value(value, type);
  }
}

void read_number(const Value& value, const TypeInfo& type, Reader& reader, double& into) {
  const std::optional<double> number = is_plain(value) ? as_number(value.text) : std::nullopt;
  if (!number || !std::isfinite(*number) || !type.bounds.contains(*number)) return reader.wrong_value(value, type);
  into = *number;
}

void read_whole(const Value& value, const TypeInfo& type, Reader& reader, std::uint64_t& into) {
  const std::optional<std::uint64_t> whole = is_plain(value) ? as_whole(value.text) : std::nullopt;
  if (!whole || !type.bounds.contains(static_cast<double>(*whole))) return reader.wrong_value(value, type);
  into = *whole;
}

void read_quantity(const Value& value, const TypeInfo& type, Reader& reader, double& into) {
  if (value.kind != Value::Kind::scalar) return reader.wrong_value(value, type);
  try {
    const double quantity = parse_quantity(value.text, type.dimension);
    if (!type.bounds.contains(quantity)) return reader.wrong_value(value, type);
    into = quantity;
  } catch (const QuantityError& error) {
    reader.error(value.position, fmt::format("{} = {} {}", reader.path(), describe(value), error.what()),
                 error.suggestion(), allowed(type));
  }
}

void read_text(const Value& value, const TypeInfo& type, Reader& reader, std::string& into) {
  if (value.kind != Value::Kind::scalar || value.text.empty()) return reader.wrong_value(value, type);
  into = value.text;
}

void read_choice(const Value& value, const TypeInfo& type, Reader& reader, std::size_t& into) {
  const auto found = value.kind == Value::Kind::scalar ? std::find(type.choices.begin(), type.choices.end(), value.text)
                                                       : type.choices.end();
  if (found == type.choices.end()) return reader.wrong_value(value, type);
  into = static_cast<std::size_t>(found - type.choices.begin());
}

namespace {

// "3", "0-7" or "0-63/8".
std::optional<RankRange> as_range(const Value& value) {
  if (value.kind != Value::Kind::scalar) return std::nullopt;
  const std::string_view text = value.text;
  const std::size_t dash = text.find('-'), slash = text.find('/');
  const bool is_range = dash != std::string_view::npos;
  if (slash != std::string_view::npos && (!is_range || slash < dash)) return std::nullopt;
  const auto part = [&](std::size_t begin, std::size_t end) {
    const auto number = as_whole(std::string(text.substr(begin, end - begin)));
    return number && *number < kMostRanks ? static_cast<int>(*number) : -1;
  };
  RankRange range{.first = part(0, std::min(dash, text.size()))};
  range.last = is_range ? part(dash + 1, std::min(slash, text.size())) : range.first;
  if (slash != std::string_view::npos) range.step = part(slash + 1, text.size());
  if (range.first < 0 || range.last < range.first || range.step < 1) return std::nullopt;
  return range;
}

}  // namespace

void read_ranks(const Value& value, const TypeInfo& type, Reader& reader, RankSet& into) {
  const std::vector<Value> items = value.kind == Value::Kind::list ? value.items : std::vector<Value>{value};
  if (items.empty()) return reader.wrong_value(value, type);
  RankSet ranks;
  for (const Value& item : items) {
    const auto range = as_range(item);
    if (!range) return reader.wrong_value(item, type);
    ranks.ranges.push_back(*range);
  }
  into = ranks;
}

bool check_mapping(const Value& value, const TypeInfo& type, Reader& reader) {
  if (value.kind != Value::Kind::map) {
    reader.wrong_value(value, type);
    return false;
  }
  const Entry* decides = type.variant_key.empty() ? nullptr : value.find(type.variant_key);
  const std::string variant = decides != nullptr ? decides->value.text : "";
  const std::vector<std::string> taken = keys_of_variant(type, variant);
  for (const Entry& entry : value.entries) {
    if (std::find(taken.begin(), taken.end(), entry.key) == taken.end())
      report_unknown_key(entry, type, variant, reader);
  }
  const bool variant_is_known = find_variant(type, variant) != nullptr;
  for (const KeyInfo& key : type.keys) {
    if (!key.required || value.find(key.key) != nullptr) continue;
    const bool belongs = std::find(taken.begin(), taken.end(), key.key) != taken.end();
    if (belongs && (variant_is_known || !is_restricted(type, key.key)))
      reader.error(reader.place(), fmt::format("{} needs the key \"{}\": {}", reader.path(), key.key, key.doc));
  }
  return true;
}

bool check_list(const Value& value, const TypeInfo& type, Reader& reader) {
  if (value.kind != Value::Kind::list) {
    reader.wrong_value(value, type);
    return false;
  }
  if (type.bounds.contains(static_cast<double>(value.items.size()))) return true;
  reader.error(value.position, fmt::format("{} has {} values; it may have {:.0f} to {:.0f}", reader.path(),
                                           value.items.size(), type.bounds.low, type.bounds.high));
  return false;
}

}  // namespace tandem
