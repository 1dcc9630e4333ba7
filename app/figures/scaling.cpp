// Any measure against any swept quantity, one curve per strategy: by default throughput against workers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/positions.h"
#include "app/figures/prediction.h"
#include "app/figures/series.h"
#include "app/store/columns.h"

namespace tandem::figures {
namespace {

/// How much wider a line, and larger a point, is than that which covers it.
constexpr double kRim = 3, kHalo = 0.6;

std::string x_of(const FigureSpec& spec) {
  const std::string x = spec.option("x");
  return std::string(canonical_column(x.empty() ? "workers" : x));
}
std::string y_of(const FigureSpec& spec) {
  const std::string y = spec.option("y");
  return std::string(canonical_column(y.empty() ? "samples_per_s" : y));
}

/// Where other columns than the usual are drawn, they name the file: step_s-by-microbatches.
std::string file_name(const FigureSpec& spec) {
  const std::string x = x_of(spec), y = y_of(spec);
  if (x == "workers" && y == "samples_per_s") return "scaling";
  return fmt::format("{}-by-{}", y, x.substr(x.rfind('.') + 1));
}

/// How the ideal goes from the smallest x: throughput grows with x, a time under strong scaling shrinks with x and
/// under weak scaling stays. 0 for measures that have no ideal.
double ideal_factor(std::string_view y, double ratio, bool is_weak) {
  if (y == "samples_per_s") return ratio;
  if (y == "step_s" || y == "time_s") return is_weak ? 1 : 1 / ratio;
  return 0;
}

/// The best point of a world at the smallest x that any of its curves has.
struct Start {
  std::string world;
  double x = kNotMeasured, y = kNotMeasured;
};

std::vector<Start> starts_of(const std::vector<Curve>& curves, std::string_view y) {
  const bool larger_is_better = y == "samples_per_s";
  std::vector<Start> starts;
  for (const Curve& curve : curves) {
    const Datum& first = curve.data.front();
    auto start = std::find_if(starts.begin(), starts.end(), [&](const Start& s) { return s.world == curve.world; });
    if (start == starts.end()) start = starts.insert(starts.end(), {curve.world, first.x, first.y});
    const bool is_better = larger_is_better ? first.y > start->y : first.y < start->y;
    if (first.x < start->x || (first.x == start->x && is_better)) *start = {curve.world, first.x, first.y};
  }
  return starts;
}

Curve ideal_curve(const std::string& label, const std::string& world, std::size_t colour) {
  return {.series = label, .world = world, .part = {}, .colour = colour, .origin = Origin::formula, .data = {}};
}

/// One ideal per world, over all x from the smallest on.
std::vector<Curve> ideals_over_workers(const std::vector<Start>& starts, std::string_view y, const Positions& positions,
                                       bool is_weak) {
  std::vector<Curve> ideals;
  for (const Start& start : starts) {
    Curve ideal = ideal_curve("ideal", start.world, kGrey);
    for (const auto& [x, text] : positions.ticks) {
      const double factor = ideal_factor(y, x / start.x, is_weak);
      if (x >= start.x && factor != 0) ideal.data.push_back({.x = x, .y = start.y * factor, .x_text = text});
    }
    if (!ideal.data.empty()) ideals.push_back(std::move(ideal));
  }
  return ideals;
}

int workers_of(const Series& series) { return series.points.front().runs.front()->workers; }

/// Where each curve has its number of workers: that many times the curve of the fewest, at every x.
std::vector<Curve> ideals_of_curves(const std::vector<Series>& all, const std::vector<Curve>& curves,
                                    std::string_view y, bool is_weak) {
  std::vector<Curve> ideals;
  for (const Series& series : all) {
    std::size_t fewest = static_cast<std::size_t>(&series - all.data());
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (all[k].world == series.world && workers_of(all[k]) < workers_of(all[fewest])) fewest = k;
    }
    const double factor = ideal_factor(y, static_cast<double>(workers_of(series)) / workers_of(all[fewest]), is_weak);
    if (&all[fewest] == &series || factor == 0) continue;
    Curve ideal = ideal_curve("ideal, " + series.label, series.world, series.colour);
    for (const Datum& datum : curves[fewest].data)
      ideal.data.push_back({.x = datum.x, .y = datum.y * factor, .x_text = datum.x_text});
    ideals.push_back(std::move(ideal));
  }
  return ideals;
}

/// One curve for each number of workers in every world, and nothing else that differs.
bool curves_are_worker_counts(const std::vector<Series>& all, std::string_view series) {
  std::set<std::pair<std::string, int>> counts;
  for (const Series& curve : all) counts.emplace(curve.world, workers_of(curve));
  return canonical_column(series) == "workers" && counts.size() == all.size();
}

std::string ideal_sentence(const std::vector<Start>& starts) {
  const double x = starts.front().x;
  const bool is_same = std::all_of(starts.begin(), starts.end(), [&](const Start& s) { return s.x == x; });
  if (is_same)
    return fmt::format("Ideal: perfect scaling from the fastest at {:g} worker{}, in each world.", x,
                       x == 1 ? "" : "s");
  std::vector<std::string> parts;
  for (const Start& start : starts) parts.push_back(fmt::format("{:g} ({})", start.x, start.world));
  return fmt::format("Ideal: perfect scaling from the fastest at {} workers.", fmt::join(parts, ", "));
}

/// The later curves that cover this one: values within 1 % wherever it has a point.
std::vector<std::size_t> covering(std::size_t lower, const std::vector<Curve>& curves) {
  std::vector<std::size_t> above;
  for (std::size_t upper = lower + 1; upper < curves.size(); ++upper) {
    const bool covers = std::all_of(curves[lower].data.begin(), curves[lower].data.end(), [&](const Datum& p) {
      const auto q = std::find_if(curves[upper].data.begin(), curves[upper].data.end(),
                                  [&](const Datum& other) { return other.x_text == p.x_text; });
      return q != curves[upper].data.end() && std::abs(p.y - q->y) <= 0.01 * std::abs(p.y);
    });
    if (covers) above.push_back(upper);
  }
  return above;
}

/// Widens what others cover, and says so.
std::string show_hidden(std::vector<Curve>& curves) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const std::vector<std::size_t> above = covering(k, curves);
    if (above.empty()) continue;
    curves[k].rim = kRim * static_cast<double>(above.size());
    curves[k].halo = kHalo * static_cast<double>(above.size());
    const Curve& next = curves[above.front()];
    parts.push_back(fmt::format("{} ({}) under {} ({})", curves[k].series, curves[k].world, next.series, next.world));
  }
  return parts.empty() ? std::string() : fmt::format("Hidden, and so drawn wider: {}.", fmt::join(parts, ", "));
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string x = x_of(spec), y = y_of(spec);
  std::vector<Series> all = series_over(results, x, spec.option("series"));
  for (Series& series : all) std::erase_if(series.points, [&](const PointRuns& p) { return p.spread(y).n == 0; });
  std::erase_if(all, [](const Series& s) { return s.points.empty(); });
  if (all.empty()) return {.nothing = fmt::format("no run has both {} and {}", x, y)};

  const Positions positions = positions_of(all);
  std::vector<Curve> curves;
  for (const Series& series : all) {
    curves.push_back(curve_of(series, y, [&](const PointRuns& point) { return positions.of(point.x_text); }));
    if (facts.batches_differ) curves.back().form = Curve::Form::points;
  }
  const std::string hidden = show_hidden(curves);
  const auto [low, high] = range_of(curves);

  std::vector<Curve> ideals;
  std::vector<Start> starts = starts_of(curves, y);
  if (spec.has_flag("ideal") && positions.is_numeric && x == "workers") {
    ideals = ideals_over_workers(starts, y, positions, facts.is_weak);
  } else if (spec.has_flag("ideal") && positions.is_numeric && curves_are_worker_counts(all, spec.option("series"))) {
    ideals = ideals_of_curves(all, curves, y, facts.is_weak);
    for (Start& start : starts) {
      start.x = INFINITY;
      for (const Series& series : all) {
        if (series.world == start.world) start.x = std::min(start.x, static_cast<double>(workers_of(series)));
      }
    }
  }
  Chart chart{.about = fmt::format("{} against {}", field_title(y), field_title(x)), .title = facts.question};
  chart.caption = {facts.setting_sentence(),
                   spread_sentence(all, y),
                   ideals.empty() ? std::string() : ideal_sentence(starts),
                   hidden,
                   error_sentence(facts, results),
                   facts.not_joined_sentence(),
                   facts.not_as_asked};
  curves.insert(curves.end(), ideals.begin(), ideals.end());
  chart.panels.push_back({.x = x_axis(axis_label(x), positions),
                          .y = value_axis(axis_label(y), low, high, field_unit(y)),
                          .curves = std::move(curves)});
  return chart;
}

}  // namespace

FigureKind scaling() {
  return {.name = "scaling",
          .doc = "y against x, one curve per series; logarithmic axes where values span decades",
          .keys = {{"x", "a column of runs.csv or a key of the grid", "workers"},
                   {"y", "a column of runs.csv", "samples_per_s"},
                   {"series", "a column of runs.csv or a key of the grid: one curve for each value",
                    "strategy, and world where it varies"},
                   {.name = "ideal",
                    .doc = "draw the ideal line from the fewest workers, which are x or series",
                    .otherwise = "false",
                    .is_flag = true}},
          .file_name = file_name,
          .draw = draw};
}

}  // namespace tandem::figures
