// A strict reader of comma-separated numbers: every complaint names file, line and column. Fields may be quoted; a
// quoted field ends on its line, since numbers and column names have no line breaks.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <system_error>

#include "algorithms/data/gzip_reader.h"
#include "algorithms/data/loaders.h"
#include "core/errors.h"

namespace tandem {
namespace {

struct Field {
  std::string text;
  std::size_t column = 1;  ///< its first character's place in the line, from 1
};

struct Line {
  const std::string& path;
  std::size_t number = 1;
  std::string_view text;

  [[noreturn]] void refuse(std::size_t column, const std::string& what) const {
    throw UsageError(fmt::format("{}:{}:{}: {}", path, number, column, what));
  }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The field as a terminal may show it: control bytes of a file could change colours, or more.
std::string shown(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    safe += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return safe;
}

/// Reads a quoted field that starts at `position`, which moves to the comma or the end behind it.
std::string quoted_field(const Line& line, std::size_t& position) {
  const std::size_t start = position++;
  std::string text;
  for (;;) {
    const std::size_t quote = line.text.find('"', position);
    if (quote == std::string_view::npos) line.refuse(start + 1, "the quote is not closed on this line");
    text += line.text.substr(position, quote - position);
    position = quote + 1;
    if (position == line.text.size() || line.text[position] != '"') break;
    text += '"', ++position;
  }
  position = std::min(line.text.find_first_not_of(" \t", position), line.text.size());
  if (position < line.text.size() && line.text[position] != ',') {
    line.refuse(position + 1, "text after a closing quote; a comma must follow");
  }
  return text;
}

std::vector<Field> fields_of(const Line& line) {
  std::vector<Field> fields;
  std::size_t position = 0;
  for (;;) {
    // Blanks around a field are no part of it, whether it is quoted or not.
    const std::size_t begin = std::min(line.text.find_first_not_of(" \t", position), line.text.size());
    const std::size_t column = position + 1;
    if (begin < line.text.size() && line.text[begin] == '"') {
      position = begin;
      fields.push_back({quoted_field(line, position), column});
    } else {
      const std::size_t end = std::min(line.text.find(',', position), line.text.size());
      fields.push_back({std::string(trimmed(line.text.substr(position, end - position))), column});
      position = end;
    }
    if (position == line.text.size()) return fields;
    ++position;
  }
}

/// nan and inf count as numbers here, so that they are reported as errors and not taken for a header.
std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty() || error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc::result_out_of_range ? HUGE_VAL : value;
}

float value_of(const Line& line, const Field& field, const std::string& name) {
  if (field.text.empty()) line.refuse(field.column, fmt::format("{}: no value; a number is needed", name));
  const std::optional<double> number = number_in(field.text);
  if (!number) line.refuse(field.column, fmt::format("{}: \"{}\" is not a number", name, shown(field.text)));
  const auto value = static_cast<float>(*number);
  if (!std::isfinite(value)) {
    line.refuse(field.column, fmt::format("{}: {} is not a finite float32 number", name, field.text));
  }
  return value;
}

void check_class(const Line& line, const Field& field, const std::string& name, float value) {
  if (value < 0 || value != std::floor(value) || value >= static_cast<float>(kMostClasses)) {
    line.refuse(field.column,
                fmt::format("{}: label {}; class numbers are whole, from 0 to {}", name, field.text, kMostClasses - 1));
  }
}

bool is_header(const std::vector<Field>& first, const std::string& label_column) {
  const auto is_number = [](const Field& field) { return number_in(field.text).has_value(); };
  const auto is_label = [&](const Field& field) { return field.text == label_column; };
  if (std::none_of(first.begin(), first.end(), is_number)) return true;
  return !label_column.empty() && !number_in(label_column) && std::any_of(first.begin(), first.end(), is_label);
}

std::size_t find_label(const Line& line, const std::vector<Field>& first, bool has_header, const std::string& wanted) {
  if (wanted.empty()) return first.size() - 1;
  if (has_header) {
    const auto is_wanted = [&](const Field& field) { return field.text == wanted; };
    const auto found = std::find_if(first.begin(), first.end(), is_wanted);
    if (found != first.end()) {
      const auto again = std::find_if(found + 1, first.end(), is_wanted);
      if (again != first.end()) line.refuse(again->column, fmt::format("a second column \"{}\"", wanted));
      return static_cast<std::size_t>(found - first.begin());
    }
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  if (error == std::errc() && end == wanted.data() + wanted.size() && number < first.size()) return number;
  std::vector<std::string> names;
  for (std::size_t i = 0; has_header && i < first.size() && i < 20; ++i)
    names.push_back('"' + shown(first[i].text) + '"');
  line.refuse(1, fmt::format("no label column \"{}\"; allowed are the numbers 0 to {}{}{}", wanted, first.size() - 1,
                             names.empty() ? "" : " and the names ", fmt::join(names, ", ")));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  while (!lines.empty() && trimmed(lines.back()).empty()) lines.pop_back();
  return lines;
}

}  // namespace

LoadedRows load_csv(const std::string& path, const std::string& label_column, Loss loss) {
  const std::string text = GzipReader(path).read_rest();
  const std::vector<std::string_view> lines = lines_of(text);
  if (lines.empty()) throw UsageError(fmt::format("{}: empty; at least one row is needed", path));

  const Line first_line{path, 1, lines.front()};
  const std::vector<Field> first = fields_of(first_line);
  if (first.size() < 2) first_line.refuse(1, "one column; a feature and a label, separated by a comma, are needed");
  const bool has_header = is_header(first, label_column);
  const std::size_t label = find_label(first_line, first, has_header, label_column);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < first.size(); ++i) {
    names.push_back(has_header ? fmt::format("column \"{}\"", shown(first[i].text)) : fmt::format("column {}", i));
  }

  LoadedRows loaded{.width = first.size() - 1};
  for (std::size_t i = has_header ? 1 : 0; i < lines.size(); ++i) {
    const Line line{path, i + 1, lines[i]};
    const std::vector<Field> fields = fields_of(line);
    if (fields.size() != first.size()) {
      line.refuse(1, fmt::format("fields: {}; line 1 has {}", fields.size(), first.size()));
    }
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const float value = value_of(line, fields[f], names[f]);
      if (f == label && loss == Loss::cross_entropy) check_class(line, fields[f], names[f], value);
      (f == label ? loaded.rows.targets : loaded.rows.features).push_back(value);
    }
  }
  loaded.rows.count = loaded.rows.targets.size();
  if (loaded.rows.count == 0) throw UsageError(fmt::format("{}: a header and no rows; at least one is needed", path));
  return loaded;
}

}  // namespace tandem
