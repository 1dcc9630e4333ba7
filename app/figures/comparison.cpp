// Measured and predicted step times against a swept quantity, and below them the error of each prediction.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/positions.h"
#include "app/figures/prediction.h"
#include "app/figures/series.h"
#include "app/store/columns.h"

namespace tandem::figures {
namespace {

/// The errors of one measured curve's points, in percent.
Curve errors_of(const Series& series, const Comparison& comparison, const Positions& positions) {
  Curve curve = curve_of(series);
  for (const ComparedPoint& point : comparison.points) {
    if (point.label != series.label || point.world != series.world) continue;
    curve.data.push_back(
        {.x = positions.of(point.x_text), .y = 100 * point.error(), .n = point.measured_s.n, .x_text = point.x_text});
  }
  return curve;
}

/// Around zero, with room; at least one percent each way, so that a perfect prediction is a line and not noise.
Axis error_axis(const Comparison& comparison) {
  double low = -1, high = 1;
  for (const ComparedPoint& point : comparison.points) {
    low = std::min(low, 115 * point.error());
    high = std::max(high, 115 * point.error());
  }
  // The panel is low: a renderer's own choice would write ticks over each other.
  constexpr double kMostTicks = 6;
  double step = 1;
  for (const double more : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0}) {
    if ((high - low) / step > kMostTicks) step = more;
  }
  Axis axis{.label = "error (%)", .low = low, .high = high, .ticks = {}};
  for (double tick = step * std::ceil(low / step); tick <= high; tick += step)
    axis.ticks.emplace_back(tick, fmt::format("{:g}", tick + 0.0));  // never "-0"
  return axis;
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string given = spec.option("x");
  const std::string x = given.empty() ? axis_of(facts.figures, results) : std::string(canonical_column(given));
  const Comparison comparison = compare(results, x);
  if (comparison.points.empty()) return {.nothing = "nothing was both measured and simulated"};
  const std::vector<Series> all = series_over(results, x);
  const Positions positions = positions_of(all);

  Panel times, errors;
  for (const Series& series : all) {
    times.curves.push_back(
        curve_of(series, "step_s", [&](const PointRuns& point) { return positions.of(point.x_text); }));
    if (!is_prediction(series.world)) errors.curves.push_back(errors_of(series, comparison, positions));
  }
  if (facts.batches_differ) {
    for (Panel* panel : {&times, &errors}) {
      for (Curve& curve : panel->curves) curve.form = Curve::Form::points;
    }
  }
  const auto [low, high] = range_of(times.curves);
  times.x = x_axis("", positions);
  for (auto& [at, text] : times.x.ticks) text.clear();
  times.y = value_axis(axis_label("step_s"), low, high, "s");
  times.share = 0.73;
  errors.x = x_axis(axis_label(x), positions);
  errors.y = error_axis(comparison);
  errors.rules = {{0, ""}};
  errors.share = 0.27;

  Chart chart{.about = fmt::format("measured and predicted step times against {}", field_title(x)),
              .title = facts.question};
  chart.caption = {facts.setting_sentence(), spread_sentence(all, "step_s"),
                   fmt::format("Error: predicted / measured - 1; median {:.1f} %, worst {:.1f} %.",
                               100 * comparison.median_error(), 100 * comparison.worst_error()),
                   facts.not_joined_sentence(), facts.not_as_asked};
  chart.panels = {std::move(times), std::move(errors)};
  return chart;
}

}  // namespace

FigureKind comparison() {
  return {.name = "comparison",
          .doc = "measured and predicted step times against x, and the error below",
          .keys = {{"x", "a column of runs.csv or a key of the grid", "workers"}},
          .draw = draw};
}

}  // namespace tandem::figures
