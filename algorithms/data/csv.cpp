// A strict reader of tables of numbers, comma-separated unless the format says otherwise: every complaint names file,
// line and column. Fields may be quoted; a quoted field ends on its line, since numbers and column names have no line
// breaks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
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

constexpr std::string_view kBlanks = " \t";

/// The first character from `position` on that is no blank, or the separator.
std::size_t after_blanks(std::string_view text, std::size_t position, char separator) {
  while (position < text.size() && text[position] != separator && kBlanks.find(text[position]) != kBlanks.npos)
    ++position;
  return position;
}

struct Field {
  std::string text;
  std::size_t column = 1;  ///< its first character's place in the line, from 1
};

struct Line {
  const std::string& path;
  std::size_t number = 1;
  std::string_view text;
  char separator = ',';

  std::string separator_text() const {
    if (separator == ',') return "a comma";
    return separator == '\t' ? "a tab" : fmt::format("\"{}\"", separator);
  }

  [[noreturn]] void refuse(std::size_t column, const std::string& what) const {
    throw UsageError(fmt::format("{}:{}:{}: {}", path, number, column, what));
  }
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
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

/// Reads a quoted field that starts at `position`, which moves to the separator or the end behind it.
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
  position = after_blanks(line.text, position, line.separator);
  if (position < line.text.size() && line.text[position] != line.separator) {
    line.refuse(position + 1, fmt::format("text after a closing quote; {} must follow", line.separator_text()));
  }
  return text;
}

std::vector<Field> fields_of(const Line& line) {
  std::vector<Field> fields;
  std::size_t position = 0;
  for (;;) {
    // Blanks around a field are no part of it, whether it is quoted or not.
    const std::size_t begin = after_blanks(line.text, position, line.separator);
    const std::size_t column = position + 1;
    if (begin < line.text.size() && line.text[begin] == '"') {
      position = begin;
      fields.push_back({quoted_field(line, position), column});
    } else {
      const std::size_t end = std::min(line.text.find(line.separator, position), line.text.size());
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

bool is_header(const std::vector<Field>& first, const CsvFormat& format) {
  if (format.has_header) return *format.has_header;
  const std::string& label_column = format.label_column;
  const auto is_number = [](const Field& field) { return number_in(field.text).has_value(); };
  const auto is_label = [&](const Field& field) { return field.text == label_column; };
  if (std::none_of(first.begin(), first.end(), is_number)) return true;
  return !label_column.empty() && !number_in(label_column) && std::any_of(first.begin(), first.end(), is_label);
}

/// `what` is for people: a column of that kind.
std::size_t find_column(const Line& line, const std::vector<Field>& first, bool has_header, const std::string& what,
                        const std::string& wanted) {
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
  line.refuse(1, fmt::format("no {} \"{}\"; allowed are the numbers 0 to {}{}{}", what, wanted, first.size() - 1,
                             names.empty() ? "" : " and the names ", fmt::join(names, ", ")));
}

/// What a table has where: found by its first line.
struct Columns {
  bool has_header = false;
  std::size_t count = 0;
  std::size_t label = 0;
  std::vector<std::size_t> features;
  std::vector<std::string> names;  ///< every class, for people
};

Columns columns_of(const Line& line, const CsvFormat& format) {
  const std::vector<Field> first = fields_of(line);
  if (first.size() < 2) {
    line.refuse(1,
                fmt::format("one column; a feature and a label, separated by {}, are needed", line.separator_text()));
  }
  Columns columns{.has_header = is_header(first, format), .count = first.size()};
  columns.label = format.label_column.empty()
                      ? first.size() - 1
                      : find_column(line, first, columns.has_header, "label column", format.label_column);
  for (const std::string& wanted : format.columns) {
    columns.features.push_back(find_column(line, first, columns.has_header, "column", wanted));
    if (columns.features.back() == columns.label)
      line.refuse(1, fmt::format("column \"{}\" is the label's, and so no feature", wanted));
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (format.columns.empty() && i != columns.label) columns.features.push_back(i);
    columns.names.push_back(columns.has_header ? fmt::format("column \"{}\"", shown(first[i].text))
                                               : fmt::format("column {}", i));
  }
  return columns;
}

bool is_missing(const Field& field) {
  constexpr std::array<std::string_view, 7> kMissing = {"", "NA", "N/A", "NaN", "nan", "null", "?"};
  return std::find(kMissing.begin(), kMissing.end(), field.text) != kMissing.end();
}

/// Rows as they are read, with the places of the features that had no value.
class Table {
 public:
  Table(const Columns& columns, const CsvFormat& format, Loss loss) : columns_(columns), format_(format), loss_(loss) {}

  void add(const Line& line) {
    const std::vector<Field> fields = fields_of(line);
    if (fields.size() != columns_.count)
      line.refuse(1, fmt::format("fields: {}; line 1 has {}", fields.size(), columns_.count));
    if (format_.missing == MissingValues::drop_row && lacks_a_value(fields)) return;
    for (const std::size_t column : columns_.features) {
      const bool is_gap = format_.missing != MissingValues::refuse && is_missing(fields[column]);
      if (is_gap) gaps_.push_back(features_.size());
      features_.push_back(is_gap ? 0 : value_of(line, fields[column], columns_.names[column]));
    }
    rows_.targets.push_back(label_of(line, fields[columns_.label]));
  }

  LoadedRows finish(const std::string& path) {
    rows_.count = rows_.targets.size();
    if (format_.missing == MissingValues::mean && !gaps_.empty()) fill_with_means(path);
    rows_.features = RowFeatures(std::move(features_));
    return {.width = columns_.features.size(), .rows = std::move(rows_)};
  }

 private:
  bool lacks_a_value(const std::vector<Field>& fields) const {
    return is_missing(fields[columns_.label]) ||
           std::any_of(columns_.features.begin(), columns_.features.end(),
                       [&](std::size_t column) { return is_missing(fields[column]); });
  }

  float label_of(const Line& line, const Field& field) const {
    const std::string& name = columns_.names[columns_.label];
    if (!format_.classes.empty()) {
      const auto found = std::find(format_.classes.begin(), format_.classes.end(), field.text);
      if (found != format_.classes.end()) return static_cast<float>(found - format_.classes.begin());
      line.refuse(field.column, fmt::format("{}: \"{}\" is no class; the classes are {}", name, shown(field.text),
                                            fmt::join(format_.classes, ", ")));
    }
    const float value = value_of(line, field, name);
    if (loss_ == Loss::cross_entropy) check_class(line, field, name, value);
    return value;
  }

  void fill_with_means(const std::string& path) {
    const std::size_t width = columns_.features.size();
    std::vector<double> sums(width);
    std::vector<std::size_t> counts(width, rows_.count);
    for (std::size_t i = 0; i < features_.size(); ++i) sums[i % width] += static_cast<double>(features_[i]);
    for (const std::size_t gap : gaps_) --counts[gap % width];
    for (const std::size_t gap : gaps_) {
      const std::size_t feature = gap % width;
      if (counts[feature] == 0) {
        throw UsageError(fmt::format("{}: {} has no value in any row, and so no mean", path,
                                     columns_.names[columns_.features[feature]]));
      }
      features_[gap] = static_cast<float>(sums[feature] / static_cast<double>(counts[feature]));
    }
  }

  const Columns& columns_;
  const CsvFormat& format_;
  Loss loss_;
  Rows rows_;                      ///< without
  std::vector<float> features_;    ///< which go there in the end
  std::vector<std::size_t> gaps_;  ///< into `features_`, which have 0 there
};

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

LoadedRows load_csv(const std::string& path, const CsvFormat& format, Loss loss) {
  const std::string text = GzipReader(path).read_rest();
  const std::vector<std::string_view> lines = lines_of(text);
  if (lines.empty()) throw UsageError(fmt::format("{}: empty; at least one row is needed", path));

  const auto line = [&](std::size_t i) { return Line{path, i + 1, lines[i], format.separator}; };
  const Columns columns = columns_of(line(0), format);
  Table table(columns, format, loss);
  for (std::size_t i = columns.has_header ? 1 : 0; i < lines.size(); ++i) table.add(line(i));
  LoadedRows loaded = table.finish(path);
  if (loaded.rows.count > 0) return loaded;
  throw UsageError(
      fmt::format("{}: {}; at least one is needed", path,
                  format.missing == MissingValues::drop_row ? "every row lacks a value" : "a header and no rows"));
}

}  // namespace tandem
