#include "app/report/chart_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

struct Row {
  std::size_t panel, curve;
  const Curve* style;
  const Datum* datum;
};

struct TableColumn {
  std::string_view name;
  std::string (*text)(const Row&);
  std::string_view usual;  ///< a column with this value in every row is left out; no row has the value "always"
};

const std::array<TableColumn, 14> kColumns = {{
    {"panel", [](const Row& r) { return fmt::format("{}", r.panel); }, "1"},
    {"curve", [](const Row& r) { return fmt::format("{}", r.curve); }, "always"},
    {"series", [](const Row& r) { return r.style->series; }, "always"},
    {"world", [](const Row& r) { return r.style->world; }, "always"},
    {"origin", [](const Row& r) { return std::string(name_of(r.style->origin)); }, "always"},
    {"part", [](const Row& r) { return r.style->part; }, ""},
    {"x", [](const Row& r) { return exact_text(r.datum->x); }, "always"},
    {"x_text", [](const Row& r) { return r.datum->x_text; }, ""},
    {"y", [](const Row& r) { return exact_text(r.datum->y); }, "always"},
    {"low", [](const Row& r) { return exact_text(r.datum->low); }, ""},
    {"high", [](const Row& r) { return exact_text(r.datum->high); }, ""},
    {"base", [](const Row& r) { return exact_text(r.datum->base); }, "0"},
    {"n", [](const Row& r) { return fmt::format("{}", r.datum->n); }, "always"},
    {"marked", [](const Row& r) { return std::string(r.datum->is_marked ? "1" : "0"); }, "1"},
}};

std::vector<Row> rows_of(const Chart& chart) {
  std::vector<Row> rows;
  std::size_t curve = 0;
  for (std::size_t panel = 0; panel < chart.panels.size(); ++panel) {
    for (const Curve& style : chart.panels[panel].curves) {
      ++curve;
      for (const Datum& datum : style.data) rows.push_back({panel + 1, curve, &style, &datum});
    }
  }
  return rows;
}

bool says_something(const TableColumn& column, const std::vector<Row>& rows) {
  return column.usual == "always" ||
         std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return column.text(row) != column.usual; });
}

}  // namespace

bool has_column(const Chart& chart, std::string_view name) {
  const std::vector<Row> rows = rows_of(chart);
  return std::any_of(kColumns.begin(), kColumns.end(),
                     [&](const TableColumn& column) { return column.name == name && says_something(column, rows); });
}

std::string chart_csv(const Chart& chart) {
  const std::vector<Row> rows = rows_of(chart);
  std::vector<TableColumn> columns;
  for (const TableColumn& column : kColumns) {
    if (says_something(column, rows)) columns.push_back(column);
  }
  std::vector<std::string> fields;
  for (const TableColumn& column : columns) fields.emplace_back(column.name);
  std::string text = csv_line(fields);
  for (const Row& row : rows) {
    fields.clear();
    for (const TableColumn& column : columns) fields.push_back(column.text(row));
    text += csv_line(fields);
  }
  return text;
}

}  // namespace tandem
