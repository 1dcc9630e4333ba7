// How old gradients are when they are applied: the share of updates by staleness.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/series.h"

namespace tandem::figures {
namespace {

constexpr std::size_t kMostBars = 24;  ///< per curve; beyond that a stepped line over bins is easier to read
constexpr std::size_t kMostBarCurves = 4;
constexpr std::size_t kMostBins = 60;

using Shares = std::map<std::size_t, double>;  ///< staleness -> percent

/// Over all runs of the point together.
Shares shares_of(const PointRuns& point) {
  Shares shares;
  double updates = 0;
  for (const RunResult* run : point.runs) {
    for (const auto& [staleness, count] : run->staleness_counts) {
      shares[staleness] += static_cast<double>(count);
      updates += static_cast<double>(count);
    }
  }
  for (auto& [staleness, share] : shares) share *= 100 / updates;
  return shares;
}

/// Every bin from 0 to `oldest`, also where no update falls into it: a step is then no wider than its updates are
/// apart.
Shares binned(const Shares& shares, std::size_t width, std::size_t oldest) {
  Shares bins;
  for (std::size_t first = 0; first <= oldest + width; first += width) bins[first] = 0;
  for (const auto& [staleness, share] : shares) bins[staleness / width * width] += share;
  return bins;
}

/// Bars of several curves stand side by side around each whole staleness.
Curve bars_of(const Series& series, std::size_t k, std::size_t count) {
  const double width = 0.84 / static_cast<double>(count);
  Curve curve = curve_of(series, Curve::Form::bars);
  curve.fill = curve.origin == Origin::simulated ? 0.35 : 1;
  curve.width = 0.92 * width;
  for (const auto& [staleness, share] : shares_of(series.points.front())) {
    const double centre =
        static_cast<double>(staleness) + width * (static_cast<double>(k) - (static_cast<double>(count) - 1) / 2);
    curve.data.push_back({.x = centre, .y = share, .n = 0, .x_text = fmt::format("{}", staleness)});
  }
  return curve;
}

/// Earlier curves are wider, so that they show below later ones that coincide.
Curve steps_of(const Series& series, std::size_t k, std::size_t count, std::size_t width, std::size_t oldest) {
  Curve curve = curve_of(series, Curve::Form::steps);
  curve.rim = 2 * static_cast<double>(count - 1 - k);
  for (const auto& [staleness, share] : binned(shares_of(series.points.front()), width, oldest))
    curve.data.push_back(
        {.x = static_cast<double>(staleness), .y = share, .n = 0, .x_text = fmt::format("{}", staleness)});
  return curve;
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  std::vector<Series> all = series_over(results, "workers", spec.option("series"));
  std::erase_if(all, [](const Series& s) { return shares_of(s.points.back()).empty(); });
  if (all.empty()) return {.nothing = "no run recorded staleness"};
  all = largest_only(std::move(all));

  std::size_t oldest = 0;
  std::vector<std::string> workers;
  for (const Series& series : all) {
    oldest = std::max(oldest, shares_of(series.points.front()).rbegin()->first);
    workers.push_back(fmt::format("{} {} ({})", series.label, series.points.front().x_text, series.world));
  }
  const bool as_bars = oldest < kMostBars && all.size() <= kMostBarCurves;
  const std::size_t width = as_bars ? 1 : oldest / kMostBins + 1;
  Panel panel;
  for (std::size_t k = 0; k < all.size(); ++k)
    panel.curves.push_back(as_bars ? bars_of(all[k], k, all.size()) : steps_of(all[k], k, all.size(), width, oldest));

  constexpr const char* kLabel = "staleness (updates)";
  panel.x = value_axis(kLabel, 0, static_cast<double>(oldest), "");
  if (as_bars) {
    panel.x = {.label = kLabel, .low = -0.6, .high = static_cast<double>(oldest) + 0.6, .ticks = {}};
    for (std::size_t at = 0; at <= oldest; at += oldest / 12 + 1)
      panel.x.ticks.emplace_back(static_cast<double>(at), fmt::format("{}", at));
  }
  const std::string bins = width > 1 ? fmt::format(", by {}", width) : "";
  panel.y = value_axis(fmt::format("share of updates{} (%)", bins), 0, range_of(panel.curves).second, "");
  panel.y.is_logarithmic = false;

  Chart chart{.about = "share of updates by the staleness of their gradient", .title = facts.question};
  chart.caption = {facts.setting_sentence(), fmt::format("Workers: {}; {}.", fmt::join(workers, ", "), run_counts(all)),
                   fmt::format("Staleness of a gradient: updates applied since its parameters were read.{}",
                               as_bars ? " Pale bars: simulated." : ""),
                   facts.not_as_asked};
  chart.panels.push_back(std::move(panel));
  return chart;
}

}  // namespace

FigureKind staleness() {
  return {.name = "staleness",
          .doc = "how many updates behind gradients were when they were applied",
          .keys = {{"series", "a column of runs.csv or a key of the grid: one curve for each value",
                    "strategy, and world where it varies"}},
          .draw = draw};
}

}  // namespace tandem::figures
