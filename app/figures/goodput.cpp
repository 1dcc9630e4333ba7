// What the training time was spent on: useful steps, checkpoints, steps that a failure has lost, and recovery, stacked.
// A bar for each strategy, grouped by x, a panel for each world; in seconds, or as shares of the time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/figures/bar_groups.h"
#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/series.h"
#include "app/store/columns.h"

namespace tandem::figures {
namespace {

constexpr std::array kParts = {StackPart{"useful", 1.0}, StackPart{"checkpoints", 0.6}, StackPart{"lost", 0.3},
                               StackPart{"recovery", 0.1}};

/// Means, not medians: only they add up to the mean time.
std::vector<double> stack_of(const PointRuns& point) {
  std::vector<double> stack(kParts.size());
  for (const RunResult* run : point.runs) {
    const double seconds[] = {run->useful_s, run->checkpoint_s, run->lost_s, run->recovery_s};
    for (std::size_t p = 0; p < stack.size(); ++p) stack[p] += seconds[p] / static_cast<double>(point.runs.size());
  }
  return stack;
}

/// Intervals are numbers of steps, or times, which have their unit with them.
std::string axis_of_intervals(const std::string& x, const std::vector<std::string>& groups) {
  if (x != "checkpoint.every") return axis_label(x);
  const auto is_count = [](const std::string& group) {
    return std::ranges::all_of(group, [](char c) { return '0' <= c && c <= '9'; });
  };
  return std::ranges::any_of(groups, is_count) ? "steps between checkpoints" : "time between checkpoints";
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string x_option = spec.option("x");
  const std::string x(canonical_column(x_option.empty() ? "checkpoint.every" : x_option));
  std::vector<Series> all = series_over(results, x, spec.option("series"));
  for (Series& series : all)
    std::erase_if(series.points, [](const PointRuns& p) { return std::isnan(p.runs.front()->useful_s); });
  std::erase_if(all, [](const Series& s) { return s.points.empty(); });
  if (all.empty()) return {.nothing = fmt::format("no run with checkpoints or faults, and {}", x)};

  const bool as_shares = spec.option("y") == "share";
  const std::vector<std::string> groups = groups_of(all);
  Chart chart{.about = "training time that was useful, and that checkpoints and failures took",
              .title = facts.question};
  chart.caption = {facts.setting_sentence(), fmt::format("Bars: means over runs; {}.", run_counts(all)),
                   facts.not_as_asked};
  for (const std::string& world : worlds_of(all)) {
    Panel& panel = chart.panels.emplace_back();
    panel.title = fmt::format("{} ({})", world, is_prediction(world) ? "simulated" : "measured");
    for (const Series& series : all) {
      if (series.world != world) continue;
      const BarPlace place{groups, series.colour, labels_of(all).size()};
      for (Curve& curve :
           stacked_bars(curve_of(series, Curve::Form::bars), kParts, place, series.points, as_shares, stack_of))
        panel.curves.push_back(std::move(curve));
    }
    panel.y = as_shares ? value_axis("share of the training time (%)", 0, 100, "")
                        : value_axis("training time", 0, range_of(panel.curves).second, "s");
    panel.x = group_axis(groups, "");
  }
  chart.panels.back().x.label = axis_of_intervals(x, groups);
  return chart;
}

}  // namespace

FigureKind goodput() {
  return {.name = "goodput",
          .doc = "training time that was useful, for checkpoints, lost by failures, and for recovery, stacked",
          .keys = {{"x", "a column of runs.csv or a key of the grid", "checkpoint.every"},
                   {"y", "seconds, or shares of the training time in percent", "time_s", {"time_s", "share"}},
                   {"series", "a column of runs.csv or a key of the grid: one bar for each value",
                    "strategy, and world where it varies"}},
          .draw = draw};
}

}  // namespace tandem::figures
