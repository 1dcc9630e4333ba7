// How old gradients are when they are applied: the share of updates by staleness.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "app/report/figure.h"
#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

constexpr std::size_t kMostBars = 24;  ///< of one curve; beyond that a stepped line over bins is easier to read
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

std::string_view bar_fill(const Series& series) { return is_prediction(series.world) ? "solid 0.35" : "solid 1"; }

std::string bars(const std::string& name, std::size_t k, std::size_t count, const Series& series) {
  const double width = 0.84 / static_cast<double>(count);
  const double offset = width * (static_cast<double>(k) - (static_cast<double>(count) - 1) / 2);
  return fmt::format(
      "\"{}.csv\" using (curve({}, \"staleness\") + {:.4g}):\"share_percent\":({:.4g}) with boxes fs {} border lc rgb "
      "colour_{} fc rgb colour_{}",
      name, k + 1, offset, 0.92 * width, bar_fill(series), series.colour + 1, series.colour + 1);
}

std::vector<std::string> bar_legend(const std::vector<Series>& all) {
  std::vector<std::string> entries;
  for (const Series& series : all) {
    entries.push_back(
        fmt::format("keyentry with boxes fs {0} border lc rgb colour_{1} fc rgb colour_{1} title label_{1}.\" ({2})\"",
                    bar_fill(series), series.colour + 1, series.world));
  }
  return entries;
}

/// Earlier curves are wider, so that they show below later ones that coincide.
std::string stepped_line(const std::string& name, std::size_t k, std::size_t count, const Series& series) {
  return fmt::format("\"{}.csv\" using (curve({}, \"staleness\")):\"share_percent\" with steps {} + {}", name, k + 1,
                     curve_style(series), 2 * (count - 1 - k));
}

}  // namespace

Figure staleness_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                        const std::vector<RunResult>& results) {
  std::vector<Series> all = series_over(results, "workers", spec.series);
  std::erase_if(all, [](const Series& s) { return shares_of(s.points.back()).empty(); });
  if (all.empty()) return {.note = fmt::format("figure {}: no run recorded staleness", name)};
  all = largest_only(std::move(all));

  std::string csv = "curve,series,world,workers,staleness,share_percent\n";
  std::size_t oldest = 0;
  double highest = 0;
  std::vector<std::string> of_workers;
  for (const Series& series : all) {
    const Shares shares = shares_of(series.points.front());
    oldest = std::max(oldest, shares.rbegin()->first);
  }
  const bool as_bars = oldest < kMostBars && all.size() <= 4;
  const std::size_t width = as_bars ? 1 : oldest / kMostBins + 1;
  for (std::size_t k = 0; k < all.size(); ++k) {
    const Shares shares = shares_of(all[k].points.front());
    for (const auto& [staleness, share] : as_bars ? shares : binned(shares, width, oldest)) {
      csv += csv_line({fmt::format("{}", k + 1), all[k].label, all[k].world, all[k].points.front().x_text,
                       fmt::format("{}", staleness), exact_text(share)});
      highest = std::max(highest, share);
    }
    of_workers.push_back(fmt::format("{} {} ({})", all[k].label, all[k].points.front().x_text, all[k].world));
  }

  Frame frame{.name = name, .about = "Share of updates by the staleness of their gradient", .title = plan.question};
  frame.labels = labels_of(all);
  frame.legend_characters = legend_width(all) + (as_bars ? 10 : 0);
  frame.caption = {
      fmt::format("{}: {}{}.", plan.name, scaling_kind(plan), network_models(results)),
      fmt::format("Workers: {}; {}. Staleness of a gradient: updates applied since its parameters were read.{}",
                  fmt::join(of_workers, ", "), run_counts(all), as_bars ? " Pale bars: simulated." : ""),
      not_plotted(plan, results)};

  std::vector<std::string> plots = as_bars ? bar_legend(all) : legend_entries(all);
  for (std::size_t k = 0; k < all.size(); ++k) {
    plots.push_back(as_bars ? bars(name, k, all.size(), all[k]) : stepped_line(name, k, all.size(), all[k]));
  }
  Axis x{.label = "staleness (updates)", .low = -0.6, .high = static_cast<double>(oldest) + 0.6};
  for (std::size_t at = 0; as_bars && at <= oldest; at += oldest / 12 + 1)
    x.ticks.emplace_back(static_cast<double>(at), fmt::format("{}", at));
  if (!as_bars) x = value_axis(x.label, 0, static_cast<double>(oldest), "");
  const std::string bins = width > 1 ? fmt::format(", by {}", width) : "";
  Axis y = value_axis(fmt::format("share of updates{} (%)", bins), 0, highest, "");
  return {.data = csv,
          .script = script_opening(frame) + script_axis('x', x) + script_axis('y', y) +
                    fmt::format("plot {}\n", fmt::join(plots, ", \\\n     ")) + script_closing()};
}

}  // namespace tandem
