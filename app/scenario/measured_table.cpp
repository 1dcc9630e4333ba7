#include "app/scenario/measured_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
  std::size_t first_key() const {
    std::size_t column = 0;
    while (column < names.size() && !is_key(column)) ++column;
    return column;
  }
};

bool is_measure(const std::string& name) { return name == "step_s" || name == "samples_per_s"; }

Header header_of(const std::filesystem::path& table, const Record& names) {
  const auto measures = std::count_if(names.begin(), names.end(), is_measure);
  if (measures != 1) {
    throw UsageError(fmt::format("{}:1: what was measured is one column, step_s or samples_per_s; {}", table.string(),
                                 measures == 0 ? "there is none" : "there are both"));
  }
  Header header{names};
  header.measured = static_cast<std::size_t>(std::find_if(names.begin(), names.end(), is_measure) - names.begin());
  if (header.first_key() == names.size())
    throw UsageError(
        fmt::format("{}:1: no column names a key of the scenario, such as cluster.workers", table.string()));
  return header;
}

double positive_number(const std::string& text, const std::string& where, const std::string& column) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value > 0) return value;
  throw UsageError(fmt::format("{}: {} must be a number above 0, not \"{}\"", where, column, text));
}

Point point_of(const Header& header, const Record& record, const std::string& scenario,
               std::vector<std::string> overrides, const std::string& where) {
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
  const std::size_t first = header.first_key();
  point.factors = {{header.names[first], record[first]}};
  return point;
}

}  // namespace

std::vector<MeasuredRow> read_measured_table(const std::filesystem::path& table, const std::string& scenario,
                                             const std::vector<std::string>& overrides) {
  const std::vector<Record> records = read_csv(table);
  if (records.size() < 2) throw UsageError(fmt::format("{}: a header and at least one row", table.string()));
  const Header header = header_of(table, records.front());
  std::vector<MeasuredRow> rows;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const Record& record = records[i];
    const std::string where = fmt::format("{}:{}", table.string(), i + 1);
    if (record.size() != header.names.size())
      throw UsageError(fmt::format("{}: {} fields under {} names", where, record.size(), header.names.size()));
    MeasuredRow row;
    try {
      row.point = point_of(header, record, scenario, overrides, where);
    } catch (const ScenarioError& error) {
      throw UsageError(fmt::format("{}: {}", where, error.what()));
    }
    const std::string& name = header.names[header.measured];
    (name == "step_s" ? row.step_s : row.samples_per_s) = positive_number(record[header.measured], where, name);
    const auto label = std::find(header.names.begin(), header.names.end(), "label");
    if (label != header.names.end()) row.label = record[static_cast<std::size_t>(label - header.names.begin())];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace tandem
