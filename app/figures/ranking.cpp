// Runs in the order of one measure, the smallest first: a bar for each strategy, a panel for each world. The caption
// names them in order, with those that have no value: where the measure is the time to a loss, they never reached it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "app/figures/chart.h"
#include "app/figures/figure_kind.h"
#include "app/figures/quantity.h"
#include "app/figures/series.h"
#include "app/store/columns.h"

namespace tandem::figures {
namespace {

constexpr const char* kDefault = "time_s";
constexpr std::size_t kMostInLegend = 28;  ///< more strategies and worlds have their numbers in the caption alone
constexpr double kRoomPerPanel = 0.8;      ///< for the name of its axis, too; in usual heights of a chart

std::string y_of(const FigureSpec& spec) {
  const std::string y = spec.option("y");
  return std::string(canonical_column(y.empty() ? kDefault : y));
}

std::string file_name(const FigureSpec& spec) { return y_of(spec) == kDefault ? "ranking" : "ranking-" + y_of(spec); }

/// One strategy in one world, at its most workers.
struct Place {
  const Series* series;
  Spread spread;
};

struct Ranking {
  std::string world;
  std::vector<Place> places;
  std::vector<std::string> without;
};

Ranking ranking_of(const std::vector<Series>& all, const std::string& world, const std::string& y) {
  Ranking ranking{.world = world, .places = {}, .without = {}};
  for (const Series& series : all) {
    if (series.world != world) continue;
    const Spread spread = series.points.back().spread(y);
    if (spread.n == 0) {
      ranking.without.push_back(series.label);
    } else {
      ranking.places.push_back({&series, spread});
    }
  }
  std::stable_sort(ranking.places.begin(), ranking.places.end(),
                   [](const Place& a, const Place& b) { return a.spread.median < b.spread.median; });
  return ranking;
}

std::string sentence_of(const Ranking& ranking, const std::string& y) {
  std::vector<std::string> names;
  for (const Place& place : ranking.places) {
    names.push_back(fmt::format("{}. {} {}", names.size() + 1, place.series->label,
                                human_quantity(place.spread.median, field_unit(y))));
  }
  std::string text = fmt::format("{} ({}): {}.", field_title(y), ranking.world,
                                 names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  if (!ranking.without.empty()) text += fmt::format(" Without a value: {}.", fmt::join(ranking.without, ", "));
  return text;
}

Panel panel_of(const Ranking& ranking, const std::string& y) {
  Panel panel{.title = fmt::format("{} ({})", ranking.world, is_prediction(ranking.world) ? "simulated" : "measured")};
  panel.x = {.label = "place", .low = 0.4, .high = static_cast<double>(ranking.places.size()) + 0.6, .ticks = {}};
  const std::size_t every = 1 + ranking.places.size() / kMostInLegend;
  for (std::size_t i = 0; i < ranking.places.size(); ++i) {
    const Place& place = ranking.places[i];
    const double x = static_cast<double>(i + 1);
    Curve curve = curve_of(*place.series, Curve::Form::bars);
    curve.width = 0.8;
    curve.data.push_back({.x = x,
                          .y = place.spread.median,
                          .low = place.spread.low,
                          .high = place.spread.high,
                          .n = place.spread.n,
                          .x_text = place.series->label});
    panel.curves.push_back(std::move(curve));
    if (i % every == 0) panel.x.ticks.emplace_back(x, fmt::format("{}", i + 1));
  }
  panel.y = value_axis(axis_label(y), 0, range_of(panel.curves).second, field_unit(y));
  return panel;
}

Chart draw(const FigureSpec& spec, const StudyFacts& facts, const std::vector<RunResult>& results) {
  const std::string y = y_of(spec);
  const std::vector<Series> all = series_over(results, "workers");
  Chart chart{.about = fmt::format("strategies in the order of {}", field_title(y)), .title = facts.question};
  chart.caption = {facts.setting_sentence()};
  for (const std::string& world : worlds_of(all)) {
    const Ranking ranking = ranking_of(all, world, y);
    chart.caption.push_back(sentence_of(ranking, y));
    if (!ranking.places.empty()) chart.panels.push_back(panel_of(ranking, y));
  }
  if (chart.panels.empty()) return {.nothing = fmt::format("no run has {}", y)};
  chart.has_legend = all.size() <= kMostInLegend;
  if (!chart.has_legend) chart.height = kRoomPerPanel * static_cast<double>(chart.panels.size());
  chart.caption.push_back(fmt::format("Bars: medians; {}.", run_counts(all)));
  chart.caption.push_back(facts.not_as_asked);
  return chart;
}

}  // namespace

FigureKind ranking() {
  return {.name = "ranking",
          .doc = "strategies in the order of a measure, the smallest first, at their most workers",
          .keys = {{"y", "a column of runs.csv", kDefault}},
          .file_name = file_name,
          .draw = draw};
}

}  // namespace tandem::figures
