#include "app/report/comparison_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/figures/quantity.h"
#include "app/store/columns.h"
#include "app/store/csv.h"
#include "core/counted.h"

namespace tandem {
namespace {

std::string time_cell(double time_s) { return human_quantity(time_s, "s"); }

std::string range_cell(const Spread& spread) {
  return spread.n < 2 ? "-" : fmt::format("{} .. {}", time_cell(spread.low), time_cell(spread.high));
}

std::string range_sentence(const std::vector<ComparedPoint>& points) {
  std::size_t ranges = 0, measured = 0, predicted = 0;
  for (const ComparedPoint& point : points) {
    if (std::isnan(point.most_s)) continue;
    ++ranges;
    measured += point.place_of(point.measured_s.median) == kInsideTheRange ? 1 : 0;
    predicted += point.place_of(point.predicted_s) == kInsideTheRange ? 1 : 0;
  }
  if (ranges == 0) return "";
  return fmt::format(
      "Between \"at least\" (all hidden) and \"at most\" (nothing hidden): measured {0} of {1}, predicted {2} of "
      "{1}.\n",
      measured, ranges, predicted);
}

/// Whether the prediction held as a lower bound, as that of an ideal (a pipeline of equal stages) should.
std::string faster_sentence(const std::vector<ComparedPoint>& points) {
  constexpr double kRoundedToZero = 0.0005;  // errors are shown to a tenth of a percent
  std::size_t faster = 0;
  double most = 0;
  for (const ComparedPoint& point : points) {
    faster += point.error() > kRoundedToZero ? 1 : 0;
    most = std::max(most, point.error());
  }
  if (faster == 0) return "Measured faster than predicted: none.\n";
  return fmt::format("Measured faster than predicted: {} of {}, with errors up to {:+.1f} %.\n", faster, points.size(),
                     100 * most);
}

std::string points_table(const std::vector<ComparedPoint>& points, const std::string& x, const TableStyle& style) {
  constexpr auto kText = TextTable::Kind::text, kNumber = TextTable::Kind::number;
  TextTable table;
  const auto add = [&](std::string heading, TextTable::Kind kind, const auto& cell) {
    std::vector<std::string> cells;
    for (const ComparedPoint& point : points) cells.push_back(cell(point));
    const bool says_something = std::any_of(cells.begin(), cells.end(), [](const std::string& c) { return c != "-"; });
    if (says_something) table.add_column(std::move(heading), kind, std::move(cells));
  };
  add("series", kText, [](const ComparedPoint& p) { return p.label; });
  add("measured in", kText, [](const ComparedPoint& p) { return p.world; });
  add(field_title(x), kNumber, [](const ComparedPoint& p) { return p.x_text; });
  add("measured", kNumber, [](const ComparedPoint& p) { return time_cell(p.measured_s.median); });
  add("range", kNumber, [](const ComparedPoint& p) { return range_cell(p.measured_s); });
  add("n", kNumber, [](const ComparedPoint& p) { return fmt::format("{}", p.measured_s.n); });
  add("predicted", kNumber, [](const ComparedPoint& p) { return time_cell(p.predicted_s); });
  add("error", kNumber, [](const ComparedPoint& p) { return fmt::format("{:+.1f} %", 100 * p.error()); });
  add("at least", kNumber, [](const ComparedPoint& p) { return time_cell(p.least_s); });
  add("at most", kNumber, [](const ComparedPoint& p) { return time_cell(p.most_s); });
  add("measured is", kNumber, [](const ComparedPoint& p) { return p.place_of(p.measured_s.median); });
  constexpr std::size_t kKeys = 3;
  return table.text(style, kKeys);
}

}  // namespace

std::string comparison_text(const Comparison& comparison, const std::string& x, const TableStyle& style) {
  if (comparison.points.empty()) return "Nothing was both measured and simulated.\n";
  std::string text = "Seconds per step:\n" + points_table(comparison.points, x, style);
  text += fmt::format("\nError: median {:.1f} %, worst {:.1f} %, over {}.\n", 100 * comparison.median_error(),
                      100 * comparison.worst_error(), counted(std::ssize(comparison.points), "point"));
  text += range_sentence(comparison.points) + faster_sentence(comparison.points);
  const Ranking& ranking = comparison.ranking;
  if (ranking.pairs > 0) {
    text += fmt::format("Ranked right: {} of {} pairs of strategies that differ by more than {:g} %.\n", ranking.right,
                        ranking.pairs, 100 * kTellsApart);
  }
  for (const std::string& pair : ranking.wrong) text += fmt::format("  the other way round: {}\n", pair);
  return text;
}

std::string comparison_csv(const Comparison& comparison, const std::string& x) {
  std::string text =
      csv_line({"series", "world", x, "measured_step_s", "low_step_s", "high_step_s", "n", "predicted_step_s",
                "predicted_over_measured", "least_step_s", "most_step_s", "measured_is", "predicted_is"});
  for (const ComparedPoint& point : comparison.points) {
    text += csv_line({point.label, point.world, point.x_text, exact_text(point.measured_s.median),
                      exact_text(point.measured_s.low), exact_text(point.measured_s.high),
                      fmt::format("{}", point.measured_s.n), exact_text(point.predicted_s), exact_text(point.ratio()),
                      exact_text(point.least_s), exact_text(point.most_s), point.place_of(point.measured_s.median),
                      point.place_of(point.predicted_s)});
  }
  return text;
}

}  // namespace tandem
