#include "app/store/csv.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>

#include "core/errors.h"

namespace tandem {

std::string exact_text(double value) { return std::isnan(value) ? std::string() : fmt::format("{}", value); }

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line + "\n";
}

std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) throw UsageError(fmt::format("{}: cannot be read", path.string()));
  std::vector<std::vector<std::string>> records;
  bool is_quoted = false, is_new_record = true;
  for (char c; file.get(c);) {
    if (is_new_record) records.emplace_back(1);
    std::vector<std::string>& fields = records.back();
    is_new_record = c == '\n' && !is_quoted;
    if (is_new_record || (c == '\r' && !is_quoted && file.peek() == '\n')) continue;
    if (c == '"' && is_quoted && file.peek() == '"') {
      fields.back() += static_cast<char>(file.get());
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (is_quoted) throw UsageError(fmt::format("{}: a quotation has no end", path.string()));
  return records;
}

void refuse_number(const std::filesystem::path& path, std::size_t line, std::string_view field) {
  throw UsageError(fmt::format("{}:{}: \"{}\" is not a number", path.string(), line, field));
}

}  // namespace tandem
