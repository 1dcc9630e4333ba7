// Measured and predicted step times against a swept quantity, and below them the error of each prediction.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/report/comparison.h"
#include "app/report/figure.h"
#include "app/report/positions.h"
#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

struct Curves {
  std::string csv = "curve,series,world,x,x_text,step_s,low,high,n,error_percent\n";
  std::vector<std::string> times, errors;  ///< plots of the two panels
  double low = INFINITY, high = 0;
};

double error_percent(const Comparison& comparison, const Series& series, const std::string& x_text) {
  for (const ComparedPoint& point : comparison.points) {
    if (point.label == series.label && point.world == series.world && point.x_text == x_text)
      return 100 * point.error();
  }
  return kNotMeasured;
}

Curves curves_of(const std::vector<Series>& all, const Comparison& comparison, const Positions& positions,
                 const std::string& name) {
  Curves curves;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Series& series = all[k];
    bool has_spread = false;
    for (const PointRuns& point : series.points) {
      const Spread spread = point.spread("step_s");
      has_spread = has_spread || spread.high > spread.low;
      curves.csv +=
          csv_line({fmt::format("{}", k + 1), series.label, series.world, exact_text(positions.of(point.x_text)),
                    point.x_text, exact_text(spread.median), exact_text(spread.low), exact_text(spread.high),
                    fmt::format("{}", spread.n), exact_text(error_percent(comparison, series, point.x_text))});
      curves.low = std::min(curves.low, spread.low);
      curves.high = std::max(curves.high, spread.high);
    }
    const std::string x = fmt::format("\"{}.csv\" using (curve({}, \"x\"))", name, k + 1);
    // Below the curve, so that its points stay visible.
    if (has_spread) {
      curves.times.push_back(fmt::format("{}:\"step_s\":\"low\":\"high\" with yerrorbars lc rgb colour_{} pt 0 lw 1.5",
                                         x, series.colour + 1));
    }
    curves.times.push_back(
        fmt::format("{}:\"step_s\" with linespoints {} {}", x, curve_style(series), point_style(series)));
    if (is_prediction(series.world)) continue;
    curves.errors.push_back(fmt::format("{}:\"error_percent\" with linespoints lc rgb colour_{} lw line_width {}", x,
                                        series.colour + 1, point_style(series)));
  }
  return curves;
}

// Around zero, with room; at least one percent each way, so that a perfect prediction is a line and not noise.
Axis error_axis(const Comparison& comparison) {
  double low = -1, high = 1;
  for (const ComparedPoint& point : comparison.points) {
    low = std::min(low, 115 * point.error());
    high = std::max(high, 115 * point.error());
  }
  // The panel is low: gnuplot's own choice would write ticks over each other.
  constexpr double kMostTicks = 6;
  double step = 1;
  for (const double more : {2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 1000.0}) {
    if ((high - low) / step > kMostTicks) step = more;
  }
  Axis axis{.label = "error (%)", .low = low, .high = high};
  for (double tick = step * std::ceil(low / step); tick <= high; tick += step)
    axis.ticks.emplace_back(tick, fmt::format("{:g}", tick + 0.0));  // never "-0"
  return axis;
}

}  // namespace

Figure comparison_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                         const std::vector<RunResult>& results) {
  const std::string x = spec.x.empty() ? axis_of(plan, results) : std::string(canonical_column(spec.x));
  const Comparison comparison = compare(results, x);
  if (comparison.points.empty())
    return {.note = fmt::format("figure {}: nothing was both measured and simulated", name)};
  const std::vector<Series> all = series_over(results, x);
  const Positions positions = positions_of(all);
  const Curves curves = curves_of(all, comparison, positions, name);

  Frame frame{.name = name,
              .about = fmt::format("Measured and predicted seconds a step against {}", field_title(x)),
              .title = plan.question};
  frame.labels = labels_of(all);
  frame.legend_characters = legend_width(all);
  frame.caption = {fmt::format("{}: {}{}.", plan.name, scaling_kind(plan), network_models(results)),
                   fmt::format("Measured: medians, bars from the smallest to the largest; {}.", run_counts(all)),
                   fmt::format("Error: predicted / measured - 1; median {:.1f} %, worst {:.1f} %.",
                               100 * comparison.median_error(), 100 * comparison.worst_error()),
                   not_plotted(plan, results)};
  const Layout layout = layout_of(frame);
  constexpr double kErrorShare = 0.27, kGap = 0.035;
  const double middle = layout.bottom + kErrorShare * (layout.top - layout.bottom);
  const std::vector<std::string> legend = legend_entries(all);
  std::vector<std::string> times = curves.times, errors = curves.errors;
  times.insert(times.begin(), legend.begin(), legend.end());
  errors.insert(errors.begin(), "0 with lines lc rgb \"#808080\" lw 1.5");

  Axis above = x_axis("", positions), below = x_axis(axis_label(x), positions);
  for (auto& [at, text] : above.ticks) text.clear();
  std::string script = script_opening(frame) + "set multiplot\n";
  script += fmt::format("set bmargin at screen {:.3f}\n", middle + kGap) + script_axis('x', above) +
            script_axis('y', value_axis(axis_label("step_s"), curves.low, curves.high, "s")) +
            fmt::format("plot {}\n", fmt::join(times, ", \\\n     "));
  script += fmt::format("unset label\nunset key\nset bmargin at screen {:.3f}\nset tmargin at screen {:.3f}\n",
                        layout.bottom, middle) +
            script_axis('x', below) + script_axis('y', error_axis(comparison)) +
            fmt::format("plot {}\n", fmt::join(errors, ", \\\n     "));
  return {.data = curves.csv,
          .script = script + "unset multiplot\nset tmargin at screen " + fmt::format("{:.3f}\n", layout.top) +
                    script_closing()};
}

}  // namespace tandem
