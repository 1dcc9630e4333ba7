// Where a step's time goes: computing, communicating or idle, stacked; a bar for each strategy and role, grouped by x,
// a panel for each world. In seconds, or as shares of the step where steps differ too much in length for one axis.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "app/figures/bar_groups.h"
#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/roles.h"
#include "app/figures/series.h"
#include "app/store/columns.h"

namespace tandem::figures {
namespace {

constexpr std::array kParts = {StackPart{"compute", 1.0}, StackPart{"communication", 0.45}, StackPart{"idle", 0.12}};

/// Seconds per step. Means, not medians: only they add up to the mean step.
std::vector<double> stack_of(const PointRuns& point, std::size_t role) {
  std::vector<double> stack(kParts.size());
  for (const RunResult* run : point.runs) {
    const RoleTimes times = roles_of(*run).at(role);
    const double seconds[] = {times.compute_s, times.communication_s, times.idle_s};
    for (std::size_t p = 0; p < stack.size(); ++p)
      stack[p] += seconds[p] / static_cast<double>(run->steps * point.runs.size());
  }
  return stack;
}

/// One bar per x: a strategy, or one of its roles where it has several.
struct Bar {
  const Series* series;
  std::size_t role;
  std::string label;
};

std::vector<Bar> bars_of(const std::vector<Series>& all) {
  std::vector<Bar> bars;
  for (const Series& series : all) {
    const std::vector<RoleTimes> roles = roles_of(*series.points.front().runs.front());
    for (std::size_t role = 0; role < roles.size(); ++role) {
      const std::string label =
          roles.size() == 1 ? series.label : fmt::format("{}: {}s", series.label, roles[role].role);
      bars.push_back({&series, role, label});
    }
  }
  return bars;
}

std::vector<Curve> curves_of(const Bar& bar, const BarPlace& place, bool as_shares) {
  Curve curve = curve_of(*bar.series, Curve::Form::bars);
  curve.series = bar.label;
  curve.colour = place.slot;
  return stacked_bars(curve, kParts, place, bar.series->points, as_shares,
                      [&](const PointRuns& point) { return stack_of(point, bar.role); });
}

std::vector<Panel> panels_of(const std::vector<Series>& all, const std::string& x, bool as_shares) {
  const std::vector<Bar> bars = bars_of(all);
  const std::vector<std::string> groups = groups_of(all);
  std::vector<std::string> labels;
  for (const Bar& bar : bars) {
    if (std::find(labels.begin(), labels.end(), bar.label) == labels.end()) labels.push_back(bar.label);
  }
  std::vector<Panel> panels;
  for (const std::string& world : worlds_of(all)) {
    Panel panel{.title = fmt::format("{} ({})", world, is_prediction(world) ? "simulated" : "measured")};
    for (const Bar& bar : bars) {
      if (bar.series->world != world) continue;
      const auto slot = std::find(labels.begin(), labels.end(), bar.label) - labels.begin();
      for (Curve& curve : curves_of(bar, {groups, static_cast<std::size_t>(slot), labels.size()}, as_shares))
        panel.curves.push_back(std::move(curve));
    }
    panel.y = as_shares ? value_axis("share of the step time (%)", 0, 100, "")
                        : value_axis("step time", 0, range_of(panel.curves).second, "s");
    panel.x = group_axis(groups, "");
    panels.push_back(std::move(panel));
  }
  panels.back().x.label = axis_label(x);
  return panels;
}

std::string means_sentence(const std::vector<Series>& all) {
  const bool has_roles = std::any_of(all.begin(), all.end(), [](const Series& series) {
    return !roles_of(*series.points.front().runs.front()).front().role.empty();
  });
  return fmt::format("Bars: means over {}; {}.",
                     has_roles ? "the ranks of a role and over runs" : "all ranks, servers included, and over runs",
                     run_counts(all));
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string x_option = spec.option("x");
  const std::string x(canonical_column(x_option.empty() ? "workers" : x_option));
  std::vector<Series> all = series_over(results, x, spec.option("series"));
  for (Series& series : all)
    std::erase_if(series.points, [](const PointRuns& p) { return p.runs.front()->steps == 0; });
  std::erase_if(all, [](const Series& s) { return s.points.empty(); });
  if (all.empty()) return {.nothing = fmt::format("no run with a step and {}", x)};

  Chart chart{.about = "parts of a step spent computing, communicating and idle", .title = facts.question};
  chart.caption = {facts.setting_sentence(), means_sentence(all), facts.not_as_asked};
  chart.panels = panels_of(all, x, spec.option("y") == "share");
  return chart;
}

}  // namespace

FigureKind breakdown() {
  return {.name = "breakdown",
          .doc = "compute, communication and idle time of a step, stacked, by role",
          .keys = {{"x", "a column of runs.csv or a key of the grid", "workers"},
                   {"y", "seconds, or shares of the step in percent", "step_s", {"step_s", "share"}},
                   {"series", "a column of runs.csv or a key of the grid: one bar for each value",
                    "strategy, and world where it varies"}},
          .draw = draw};
}

}  // namespace tandem::figures
