#include "app/scenario/measured_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "app/scenario/loader.h"
#include "app/store/csv.h"
#include "core/errors.h"

namespace tandem {
namespace {

using Record = std::vector<std::string>;

struct Header {
  Record names;
  std::size_t measured = 0;

  bool is_key(std::size_t column) const {
    return column != measured && names[column] != "label" && names[column] != "note";
  }
  std::vector<std::size_t> keys() const {
    std::vector<std::size_t> columns;
    for (std::size_t column = 0; column < names.size(); ++column) {
      if (is_key(column)) columns.push_back(column);
    }
    return columns;
  }
  std::string label_of(const Record& record) const {
    const auto label = std::find(names.begin(), names.end(), "label");
    return label == names.end() ? "" : record[static_cast<std::size_t>(label - names.begin())];
  }
  /// What tells the series that a row belongs to from others: its label, or else its strategy.
  std::string series_of(const Record& record) const {
    std::string series = label_of(record);
    const bool has_label = !series.empty();
    for (std::size_t column = 0; !has_label && column < names.size(); ++column) {
      if (names[column].starts_with("strategy")) series += record[column] + ",";
    }
    return series;
  }
};

bool is_measure(const std::string& name) { return name == "step_s" || name == "samples_per_s"; }

Header header_of(const std::filesystem::path& table, const Record& names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name)
      throw UsageError(fmt::format("{}:1: a second column \"{}\"", table.string(), *name));
  }
  const auto measures = std::count_if(names.begin(), names.end(), is_measure);
  if (measures != 1) {
    throw UsageError(fmt::format("{}:1: what was measured is one column, step_s or samples_per_s; {}", table.string(),
                                 measures == 0 ? "there is none" : "there are both"));
  }
  Header header{names};
  header.measured = static_cast<std::size_t>(std::find_if(names.begin(), names.end(), is_measure) - names.begin());
  if (header.keys().empty())
    throw UsageError(
        fmt::format("{}:1: no column names a key of the scenario, such as cluster.workers", table.string()));
  return header;
}

double positive_number(const std::string& text, const std::string& where, const std::string& column) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value > 0 && std::isfinite(value)) return value;
  throw UsageError(fmt::format("{}: {} must be a number above 0, not \"{}\"", where, column, text));
}

Point point_of(const Header& header, const Record& record, const std::string& scenario,
               std::vector<std::string> overrides, std::size_t x, const std::string& where) {
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (header.is_key(i) && !record[i].empty()) overrides.push_back(header.names[i] + "=" + record[i]);
  }
  overrides.push_back(fmt::format("world={}", simulated_world().name));
  const Plan plan = load_plan(scenario, overrides);
  if (plan.points.size() != 1) {
    throw UsageError(fmt::format("{}: the scenario has {} points; a table's row is one, so it has no grid of its own",
                                 where, plan.points.size()));
  }
  Point point = plan.points.front();
  point.factors = {{header.names[x], record[x]}};
  return point;
}

/// What rows of one label differ by, so that each is a point of its own: the first such key, else the first of all.
std::size_t axis_of(const Header& header, const std::vector<Record>& records) {
  const std::vector<std::size_t> keys = header.keys();
  for (const std::size_t key : keys) {
    for (std::size_t i = 2; i < records.size(); ++i) {
      const Record &before = records[i - 1], &record = records[i];
      if (header.series_of(before) == header.series_of(record) && before[key] != record[key]) return key;
    }
  }
  return keys.front();
}

/// Rows of one label at one place of the axis are repeats: they may not differ in another key.
void refuse_what_would_be_taken_together(const std::filesystem::path& table, const Header& header,
                                         const std::vector<Record>& records, std::size_t x) {
  for (std::size_t i = 1; i < records.size(); ++i) {
    for (std::size_t j = 1; j < i; ++j) {
      const Record &one = records[j], &other = records[i];
      if (header.series_of(one) != header.series_of(other) || one[x] != other[x]) continue;
      for (const std::size_t key : header.keys()) {
        if (one[key] == other[key]) continue;
        throw UsageError(
            fmt::format("{}:{}: the same label and {} as line {}, but another {}; give them labels of "
                        "their own",
                        table.string(), i + 1, header.names[x], j + 1, header.names[key]));
      }
    }
  }
}

}  // namespace

std::vector<MeasuredRow> read_measured_table(const std::filesystem::path& table, const std::string& scenario,
                                             const std::vector<std::string>& overrides) {
  const std::vector<Record> records = read_csv(table);
  if (records.size() < 2) throw UsageError(fmt::format("{}: a header and at least one row", table.string()));
  const Header header = header_of(table, records.front());
  for (std::size_t i = 1; i < records.size(); ++i) {
    if (records[i].size() == header.names.size()) continue;
    throw UsageError(
        fmt::format("{}:{}: {} fields under {} names", table.string(), i + 1, records[i].size(), header.names.size()));
  }
  const std::size_t x = axis_of(header, records);
  refuse_what_would_be_taken_together(table, header, records, x);
  std::vector<MeasuredRow> rows;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const Record& record = records[i];
    const std::string where = fmt::format("{}:{}", table.string(), i + 1);
    MeasuredRow row{.label = header.label_of(record)};
    try {
      row.point = point_of(header, record, scenario, overrides, x, where);
    } catch (const ScenarioError& error) {
      throw UsageError(fmt::format("{}: {}", where, error.what()));
    }
    const std::string& name = header.names[header.measured];
    (name == "step_s" ? row.step_s : row.samples_per_s) = positive_number(record[header.measured], where, name);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tandem
