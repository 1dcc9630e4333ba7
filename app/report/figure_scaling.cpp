// Any measure against any swept quantity, a curve a strategy: by default throughput against workers.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "app/report/figure.h"
#include "app/report/positions.h"
#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

/// How much wider a line, and larger a point, is than that which covers it.
constexpr double kRim = 3, kHalo = 0.6;

constexpr const char* kIdealEntry = "keyentry with lines lc rgb \"#808080\" lw 1.5 dt 3 title \"ideal\"";

/// How the ideal goes from the smallest x: throughput grows with x, a time under strong scaling shrinks with x and
/// under weak scaling stays. 0 for measures that have no ideal.
double ideal_factor(std::string_view y, double ratio, bool is_weak) {
  if (y == "samples_per_s") return ratio;
  if (y == "step_s" || y == "time_s") return is_weak ? 1 : 1 / ratio;
  return 0;
}

/// From the best curve of each world at the smallest x that any of them has.
struct Ideal {
  std::string world;
  double x, y;
};

std::vector<Ideal> ideals_of(const std::vector<Series>& all, std::string_view y) {
  const bool larger_is_better = y == "samples_per_s";
  std::vector<Ideal> ideals;
  for (const std::string& world : worlds_of(all)) {
    Ideal ideal{world, kNotMeasured, kNotMeasured};
    for (const Series& series : all) {
      if (series.world != world) continue;
      const double value = series.points.front().spread(y).median;
      const double x = series.points.front().x;
      const bool is_better = larger_is_better ? value > ideal.y : value < ideal.y;
      if (std::isnan(ideal.x) || x < ideal.x || (x == ideal.x && is_better)) ideal = {world, x, value};
    }
    ideals.push_back(ideal);
  }
  return ideals;
}

/// The later curves that cover this one: medians within 1 % wherever it has a point.
std::vector<std::size_t> covering(std::size_t lower, const std::vector<Series>& all, const std::string& y) {
  std::vector<std::size_t> above;
  for (std::size_t upper = lower + 1; upper < all.size(); ++upper) {
    const bool covers = std::all_of(all[lower].points.begin(), all[lower].points.end(), [&](const PointRuns& p) {
      const auto q = std::find_if(all[upper].points.begin(), all[upper].points.end(),
                                  [&](const PointRuns& other) { return other.x_text == p.x_text; });
      if (q == all[upper].points.end()) return false;
      const double below = p.spread(y).median;
      return std::abs(below - q->spread(y).median) <= 0.01 * std::abs(below);
    });
    if (covers) above.push_back(upper);
  }
  return above;
}

struct Table {
  std::string csv = "curve,series,world,x,x_text,median,low,high,n\n";
  std::vector<std::string> plots;
  double low = INFINITY, high = 0;
  std::vector<Ideal> ideals;
  bool has_spread = false;
};

void add_curves(Table& table, const std::vector<Series>& all, const std::string& y, const Positions& positions,
                const std::string& name) {
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Series& series = all[k];
    bool has_spread = false;
    for (const PointRuns& point : series.points) {
      const Spread spread = point.spread(y);
      has_spread = has_spread || spread.high > spread.low;
      table.csv += csv_line({fmt::format("{}", k + 1), series.label, series.world,
                             exact_text(positions.of(point.x_text)), point.x_text, exact_text(spread.median),
                             exact_text(spread.low), exact_text(spread.high), fmt::format("{}", spread.n)});
      table.low = std::min(table.low, spread.low);
      table.high = std::max(table.high, spread.high);
    }
    // Below the curve, so that its points stay visible.
    table.has_spread = table.has_spread || has_spread;
    if (has_spread) {
      table.plots.push_back(
          fmt::format("\"{}.csv\" using (curve({}, \"x\")):\"median\":\"low\":\"high\" with yerrorbars lc rgb "
                      "colour_{} pt 0 lw 1.5",
                      name, k + 1, series.colour + 1));
    }
    const auto depth = static_cast<double>(covering(k, all, y).size());
    const std::string rim = depth > 0 ? fmt::format(" + {:g}", kRim * depth) : "";
    const std::string halo = depth > 0 ? fmt::format(" + {:g}", kHalo * depth) : "";
    table.plots.push_back(fmt::format("\"{}.csv\" using (curve({}, \"x\")):\"median\" with linespoints {}{} {}{}", name,
                                      k + 1, curve_style(series), rim, point_style(series), halo));
  }
}

void add_ideals(Table& table, const std::vector<Series>& all, const std::string& y, const Positions& positions,
                bool is_weak, const std::string& name) {
  std::size_t k = all.size();
  for (const Ideal& ideal : ideals_of(all, y)) {
    ++k;
    std::string rows;
    for (const auto& [x, text] : positions.ticks) {
      const double factor = ideal_factor(y, x / ideal.x, is_weak);
      if (x < ideal.x || factor == 0) continue;
      rows += csv_line(
          {fmt::format("{}", k), "ideal", ideal.world, exact_text(x), text, exact_text(ideal.y * factor), "", "", "0"});
    }
    if (rows.empty()) continue;
    table.csv += rows;
    table.ideals.push_back(ideal);
    table.plots.push_back(fmt::format(
        "\"{}.csv\" using (curve({}, \"x\")):\"median\" with lines lc rgb \"#808080\" lw 1.5 dt 3", name, k));
  }
  if (!table.ideals.empty()) {
    table.plots.push_back(kIdealEntry);
  }
}

/// Where each curve has its number of workers: that many times the curve of the fewest, at every x.
void add_ideals_of_curves(Table& table, const std::vector<Series>& all, const std::string& y, bool is_weak,
                          const std::string& name) {
  std::size_t k = all.size();
  const auto workers_of = [](const Series& series) { return series.points.front().runs.front()->workers; };
  for (const Series& series : all) {
    const Series* fewest = &series;
    for (const Series& other : all) {
      if (other.world == series.world && workers_of(other) < workers_of(*fewest)) fewest = &other;
    }
    const double factor = ideal_factor(y, static_cast<double>(workers_of(series)) / workers_of(*fewest), is_weak);
    if (fewest == &series || factor == 0) continue;
    ++k;
    for (const PointRuns& point : fewest->points) {
      table.csv += csv_line({fmt::format("{}", k), "ideal, " + series.label, series.world, exact_text(point.x),
                             point.x_text, exact_text(point.spread(y).median * factor), "", "", "0"});
    }
    table.ideals.push_back({series.world, static_cast<double>(workers_of(*fewest)), kNotMeasured});
    table.plots.push_back(
        fmt::format("\"{}.csv\" using (curve({}, \"x\")):\"median\" with lines lc rgb colour_{} lw 1.5 dt 3", name, k,
                    series.colour + 1));
  }
  if (!table.ideals.empty()) table.plots.push_back(kIdealEntry);
}

/// One curve a number of workers in every world, and nothing else that differs.
bool curves_are_worker_counts(const std::vector<Series>& all, std::string_view series) {
  std::set<std::pair<std::string, int>> counts;
  for (const Series& curve : all) counts.emplace(curve.world, curve.points.front().runs.front()->workers);
  return canonical_column(series) == "workers" && counts.size() == all.size();
}

std::string ideal_sentence(const std::vector<Ideal>& ideals) {
  const double x = ideals.front().x;
  const bool is_same = std::all_of(ideals.begin(), ideals.end(), [&](const Ideal& i) { return i.x == x; });
  if (is_same)
    return fmt::format("Ideal: perfect scaling from the fastest at {:g} worker{}, in each world.", x,
                       x == 1 ? "" : "s");
  std::vector<std::string> parts;
  for (const Ideal& ideal : ideals) parts.push_back(fmt::format("{:g} ({})", ideal.x, ideal.world));
  return fmt::format("Ideal: perfect scaling from the fastest at {} workers.", fmt::join(parts, ", "));
}

std::string hidden_sentence(const std::vector<Series>& all, const std::string& y) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::vector<std::size_t> above = covering(i, all, y);
    if (above.empty()) continue;
    const Series& next = all[above.front()];
    parts.push_back(fmt::format("{} ({}) under {} ({})", all[i].label, all[i].world, next.label, next.world));
  }
  return parts.empty() ? std::string() : fmt::format("Hidden, and so drawn wider: {}.", fmt::join(parts, ", "));
}

}  // namespace

Figure scaling_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                      const std::vector<RunResult>& results) {
  const std::string x(canonical_column(spec.x.empty() ? "workers" : spec.x));
  const std::string y(canonical_column(spec.y.empty() ? "samples_per_s" : spec.y));
  std::vector<Series> all = series_over(results, x, spec.series);
  for (Series& series : all) {
    std::erase_if(series.points, [&](const PointRuns& p) { return p.spread(y).n == 0; });
  }
  std::erase_if(all, [](const Series& s) { return s.points.empty(); });
  if (all.empty()) {
    return {.note = fmt::format("figure {}: no run has both {} and {}", name, x, y)};
  }

  const Positions positions = positions_of(all);
  const std::string kind = scaling_kind(plan);
  Table table;
  add_curves(table, all, y, positions, name);
  const double measured_high = table.high;
  if (spec.ideal && positions.is_numeric && x == "workers") {
    add_ideals(table, all, y, positions, kind.starts_with("weak"), name);
  } else if (spec.ideal && positions.is_numeric && curves_are_worker_counts(all, spec.series)) {
    add_ideals_of_curves(table, all, y, kind.starts_with("weak"), name);
  }

  Frame frame{
      .name = name, .about = fmt::format("{} against {}", field_title(y), field_title(x)), .title = plan.question};
  frame.labels = labels_of(all);
  frame.legend_characters = legend_width(all);
  frame.caption = {
      fmt::format("{}: {}{}.", plan.name, kind, network_models(results)),
      fmt::format("{}{}.", table.has_spread ? "Lines: medians; bars: smallest to largest; " : "", run_counts(all))};
  if (!table.ideals.empty()) frame.caption.push_back(ideal_sentence(table.ideals));
  frame.caption.push_back(hidden_sentence(all, y));
  frame.caption.push_back(not_plotted(plan, results));

  std::vector<std::string> plots = table.plots;
  const std::vector<std::string> legend = legend_entries(all);
  plots.insert(plots.begin(), legend.begin(), legend.end());
  return {.data = table.csv,
          .script = script_opening(frame) + script_axis('x', x_axis(axis_label(x), positions)) +
                    script_axis('y', value_axis(axis_label(y), table.low, measured_high, field_unit(y))) +
                    fmt::format("plot {}\n", fmt::join(plots, ", \\\n     ")) + script_closing()};
}

}  // namespace tandem
