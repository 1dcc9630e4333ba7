#include "app/figures/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/store/columns.h"
#include "core/counted.h"

namespace tandem {
namespace {

const PointRuns* find_point(const Series& series, const std::string& x_text) {
  const auto found = std::find_if(series.points.begin(), series.points.end(),
                                  [&](const PointRuns& point) { return point.x_text == x_text; });
  return found == series.points.end() ? nullptr : &*found;
}

/// Only strategies in the same setting, with the same number of workers, are ranked.
std::string ranked_in(const RunResult& run) {
  const std::string setting = setting_of(run);
  return fmt::format("{}{}{}", counted(run.workers, "worker"), setting.empty() ? "" : ", ", setting);
}

Ranking ranking_of(const std::vector<ComparedPoint>& points) {
  Ranking ranking;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) {
      const ComparedPoint &one = points[i], &other = points[j];
      if (one.world != other.world || ranked_in(*one.run) != ranked_in(*other.run)) continue;
      const double measured = one.measured_s.median / other.measured_s.median;
      if (std::max(measured, 1 / measured) <= 1 + kTellsApart) continue;
      ++ranking.pairs;
      const bool is_right = (measured > 1) == (one.predicted_s > other.predicted_s);
      if (is_right) ++ranking.right;
      if (!is_right)
        ranking.wrong.push_back(fmt::format("{} and {} ({})", one.label, other.label, ranked_in(*one.run)));
    }
  }
  return ranking;
}

std::vector<double> absolute_errors(const std::vector<ComparedPoint>& points) {
  std::vector<double> errors;
  for (const ComparedPoint& point : points) errors.push_back(std::abs(point.error()));
  return errors;
}

}  // namespace

std::string ComparedPoint::place_of(double step_s) const {
  if (std::isnan(least_s) || std::isnan(most_s)) return "-";
  // Simulated clocks add up many small numbers.
  constexpr double kRounding = 1e-9;
  if (step_s < least_s * (1 - kRounding)) return fmt::format("{:.1f} % below", 100 * (1 - step_s / least_s));
  if (step_s > most_s * (1 + kRounding)) return fmt::format("{:.1f} % above", 100 * (step_s / most_s - 1));
  return kInsideTheRange;
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

std::string error_sentence(const StudyFacts& facts, std::vector<RunResult> results) {
  // Other worlds have other links than the simulated ones.
  std::erase_if(results, [&](const RunResult& result) {
    return !is_prediction(result.world) && result.world != facts.emulated_in;
  });
  const Comparison comparison = compare(results, axis_of(facts.figures, results));
  if (comparison.points.empty()) return {};
  return fmt::format(
      "Prediction against measurement ({} on emulated links): error of a step {:.1f} % in the median, "
      "{:.1f} % at worst, over {}.",
      facts.emulated_in, 100 * comparison.median_error(), 100 * comparison.worst_error(),
      counted(std::ssize(comparison.points), "point"));
}

std::string axis_of(const std::vector<FigureSpec>& figures, const std::vector<RunResult>& results) {
  for (const FigureSpec& figure : figures) {
    const std::string given = figure.option("x");
    const std::string x(canonical_column(given));
    // The loss is drawn against steps or seconds, along which nothing was swept.
    if (!x.empty() && x != "step" && x != "time_s") return x;
  }
  if (varies(results, "workers")) return "workers";
  for (const std::string& key : factor_keys(results)) {
    if (!key.starts_with("strategy") && varies(results, key)) return key;
  }
  return "workers";
}

}  // namespace tandem
