#include "app/report/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/report/quantity.h"
#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

const PointRuns* find_point(const Series& series, const std::string& x_text) {
  const auto found = std::find_if(series.points.begin(), series.points.end(),
                                  [&](const PointRuns& point) { return point.x_text == x_text; });
  return found == series.points.end() ? nullptr : &*found;
}

// All that was swept but strategies and worlds: only strategies in the same setting are ranked.
std::string setting_of(const RunResult& run) {
  std::string text = fmt::format("{} workers", run.workers);
  for (const auto& [key, value] : run.factors) {
    if (key != "world" && !key.starts_with("strategy")) text += fmt::format(", {} {}", key, value);
  }
  return text;
}

Ranking ranking_of(const std::vector<ComparedPoint>& points) {
  Ranking ranking;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const ComparedPoint &one = points[i], &other = points[j];
      if (one.world != other.world || setting_of(*one.run) != setting_of(*other.run)) continue;
      const double measured = one.measured_s.median / other.measured_s.median;
      if (std::max(measured, 1 / measured) <= 1 + kTellsApart) continue;
      ++ranking.pairs;
      const bool is_right = (measured > 1) == (one.predicted_s > other.predicted_s);
      if (is_right) ++ranking.right;
      if (!is_right)
        ranking.wrong.push_back(fmt::format("{} and {} ({})", one.label, other.label, setting_of(*one.run)));
    }
  }
  return ranking;
}

constexpr const char* kInside = "inside";

std::vector<double> absolute_errors(const std::vector<ComparedPoint>& points) {
  std::vector<double> errors;
  for (const ComparedPoint& point : points) errors.push_back(std::abs(point.error()));
  return errors;
}

std::string time_cell(double time_s) { return human_quantity(time_s, "s"); }

std::string range_cell(const Spread& spread) {
  return spread.n < 2 ? "-" : fmt::format("{} .. {}", time_cell(spread.low), time_cell(spread.high));
}

std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t texts, const TableStyle& style) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? "" : "  ";
      line += i < texts ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("{:>{}}", row[i], widths[i]);
    }
    text += style.colour && &row == &rows.front() ? fmt::format("\033[1m{}\033[0m\n", line) : line + "\n";
  }
  return text;
}

std::string range_sentence(const std::vector<ComparedPoint>& points) {
  std::size_t ranges = 0, measured = 0, predicted = 0;
  for (const ComparedPoint& point : points) {
    if (std::isnan(point.most_s)) continue;
    ++ranges;
    measured += point.place_of(point.measured_s.median) == kInside ? 1 : 0;
    predicted += point.place_of(point.predicted_s) == kInside ? 1 : 0;
  }
  if (ranges == 0) return "";
  return fmt::format(
      "Between \"at least\" (all hidden) and \"at most\" (nothing hidden): measured {0} of {1}, predicted {2} of "
      "{1}.\n",
      measured, ranges, predicted);
}

/// Whether the prediction is a bound: of an ideal, such as a pipeline of equal stages, it should be.
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

}  // namespace

std::string ComparedPoint::place_of(double step_s) const {
  if (std::isnan(least_s) || std::isnan(most_s)) return "-";
  // Simulated clocks add up many small numbers.
  constexpr double kRounding = 1e-9;
  if (step_s < least_s * (1 - kRounding)) return fmt::format("{:.1f} % below", 100 * (1 - step_s / least_s));
  if (step_s > most_s * (1 + kRounding)) return fmt::format("{:.1f} % above", 100 * (step_s / most_s - 1));
  return kInside;
}

double Comparison::median_error() const { return spread_of(absolute_errors(points)).median; }
double Comparison::worst_error() const { return spread_of(absolute_errors(points)).high; }

Comparison compare(const std::vector<RunResult>& results, const std::string& x) {
  Comparison comparison;
  const std::vector<Series> all = series_over(results, x);
  for (const Series& measured : all) {
    if (is_prediction(measured.world)) continue;
    for (const PointRuns& point : measured.points) {
      for (const Series& predicted : all) {
        if (!is_prediction(predicted.world) || predicted.label != measured.label) continue;
        const PointRuns* twin = find_point(predicted, point.x_text);
        if (twin == nullptr) continue;
        comparison.points.push_back({.label = measured.label,
                                     .x_text = point.x_text,
                                     .run = point.runs.front(),
                                     .world = measured.world,
                                     .measured_s = point.spread("step_s"),
                                     .predicted_s = twin->spread("step_s").median});
      }
    }
  }
  comparison.ranking = ranking_of(comparison.points);
  return comparison;
}

std::string axis_of(const Plan& plan, const std::vector<RunResult>& results) {
  for (const FigureSpec& figure : plan.figures) {
    const std::string x(canonical_column(figure.x));
    if (figure.figure != "loss" && !x.empty()) return x;
  }
  if (varies(results, "workers")) return "workers";
  for (const std::string& key : factor_keys(results)) {
    if (!key.starts_with("strategy") && varies(results, key)) return key;
  }
  return "workers";
}

std::string comparison_text(const Comparison& comparison, const std::string& x, const TableStyle& style) {
  if (comparison.points.empty()) return "Nothing was both measured and simulated.\n";
  constexpr std::size_t kTexts = 2;
  std::vector<std::vector<std::string>> rows = {{"series", "measured in", field_title(x), "measured", "range", "n",
                                                 "predicted", "error", "at least", "at most", "measured is"}};
  for (const ComparedPoint& point : comparison.points) {
    rows.push_back({point.label, point.world, point.x_text, time_cell(point.measured_s.median),
                    range_cell(point.measured_s), fmt::format("{}", point.measured_s.n), time_cell(point.predicted_s),
                    fmt::format("{:+.1f} %", 100 * point.error()), time_cell(point.least_s), time_cell(point.most_s),
                    point.place_of(point.measured_s.median)});
  }
  std::string text = "Seconds a step:\n" + aligned(rows, kTexts, style);
  text +=
      fmt::format("\nError: median {:.1f} %, worst {:.1f} %, over {} point{}.\n", 100 * comparison.median_error(),
                  100 * comparison.worst_error(), comparison.points.size(), comparison.points.size() == 1 ? "" : "s");
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
