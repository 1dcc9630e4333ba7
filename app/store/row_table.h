// Rows as a table on disk, and column by column as JSON values.
#pragma once

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/store/csv.h"
#include "app/store/fields.h"

namespace tandem {

template <typename Value>
std::string text_of_field(const Value& value) {
  if constexpr (std::is_same_v<Value, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<Value, double>) {
    return exact_text(value);
  } else {
    return std::to_string(value);
  }
}

/// Leaves the value as it is where the text is empty. False for a text that is no number.
template <typename Value>
bool read_field(const std::string& text, Value& value) {
  if constexpr (std::is_same_v<Value, std::string>) {
    value = text;
    return true;
  } else {
    if (text.empty()) return true;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
  }
}

/// A header and a line per row.
template <typename Row>
std::string table_of(const std::vector<Row>& rows) {
  std::vector<std::string> names;
  Row any{};
  visit_fields(any, [&](const char* name, const auto&) { names.emplace_back(name); });
  std::string text = csv_line(names);
  for (const Row& row : rows) {
    std::vector<std::string> fields;
    visit_fields(row, [&](const char*, const auto& value) { fields.push_back(text_of_field(value)); });
    text += csv_line(fields);
  }
  return text;
}

/// The rows of a table that table_of wrote; none if the file does not exist. Throws UsageError naming file and line.
template <typename Row>
std::vector<Row> read_table(const std::filesystem::path& path) {
  std::vector<Row> rows;
  if (!std::filesystem::exists(path)) return rows;
  const std::vector<std::vector<std::string>> records = read_csv(path);
  for (std::size_t i = 1; i < records.size(); ++i) {
    Row row{};
    std::size_t column = 0;
    visit_fields(row, [&](const char*, auto& value) {
      const std::string text = column < records[i].size() ? records[i][column] : "";
      ++column;
      if (!read_field(text, value)) refuse_number(path, i + 1, text);
    });
    rows.push_back(std::move(row));
  }
  return rows;
}

/// An array per field: a few bytes per value, where an object per row would repeat every name.
template <typename Row>
nlohmann::ordered_json columns_of(const std::vector<Row>& rows) {
  auto json = nlohmann::ordered_json::object();
  Row any{};
  visit_fields(any, [&](const char* name, const auto&) { json[name] = nlohmann::ordered_json::array(); });
  for (const Row& row : rows) {
    visit_fields(row, [&](const char* name, const auto& value) { json[name].push_back(value); });
  }
  return json;
}

template <typename Row>
std::vector<Row> rows_of(const nlohmann::ordered_json& json) {
  std::vector<Row> rows;
  Row any{};
  visit_fields(any, [&](const char* name, const auto&) { rows.resize(json.at(name).size()); });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    visit_fields(rows[i], [&](const char* name, auto& value) { json.at(name).at(i).get_to(value); });
  }
  return rows;
}

}  // namespace tandem
