#include "app/figures/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "app/figures/quantity.h"
#include "app/store/columns.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, 7> kPalette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                      "#E69F00", "#56B4E9", "#000000"};
constexpr std::string_view kGreyColour = "#606060";

template <class Visit>
void for_each_curve(const Chart& chart, Visit visit) {
  for (const Panel& panel : chart.panels) {
    for (const Curve& curve : panel.curves) visit(curve);
  }
}

bool is_run(const Curve& curve) { return curve.origin != Origin::formula; }
bool is_boxes(const Curve& curve) { return curve.form == Curve::Form::boxes; }
bool is_bars(const Curve& curve) { return curve.form == Curve::Form::bars || is_boxes(curve); }

/// A label's sample is solid where any of its curves is measured: a dashed sample promises that all are simulated.
void add_labels(const Chart& chart, std::vector<LegendEntry>& entries) {
  std::vector<std::pair<std::size_t, LegendEntry>> labels;
  for_each_curve(chart, [&](const Curve& curve) {
    if (is_bars(curve) || !is_run(curve)) return;
    const auto known =
        std::find_if(labels.begin(), labels.end(), [&](const auto& label) { return label.first == curve.colour; });
    if (known == labels.end()) {
      labels.push_back({curve.colour, {LegendEntry::Sample::line, curve.series, curve.colour, curve.origin, {}, 1}});
    } else if (curve.origin == Origin::measured) {
      known->second.origin = Origin::measured;
    }
  });
  for (auto& [colour, entry] : labels) entries.push_back(std::move(entry));
}

void add_worlds(const Chart& chart, std::vector<LegendEntry>& entries) {
  std::set<std::string> seen;
  for_each_curve(chart, [&](const Curve& curve) {
    if (is_bars(curve) || !is_run(curve) || !seen.insert(curve.world).second) return;
    entries.push_back({LegendEntry::Sample::point_and_line, fmt::format("{} ({})", curve.world, name_of(curve.origin)),
                       kGrey, curve.origin, curve.world, 1});
  });
}

/// Stacks have their labels by colour and their parts by shade; other bars are named by label and world, boxes by part.
void add_bars(const Chart& chart, std::vector<LegendEntry>& entries) {
  std::set<std::string> seen;
  const auto add = [&](const std::string& text, std::size_t colour, double fill) {
    if (seen.insert(text).second)
      entries.push_back({LegendEntry::Sample::box, text, colour, Origin::measured, {}, fill});
  };
  for_each_curve(chart, [&](const Curve& curve) {
    if (!is_bars(curve)) return;
    if (is_boxes(curve)) {
      add(curve.part, curve.colour, curve.fill);
    } else if (curve.part.empty()) {
      add(fmt::format("{} ({})", curve.series, curve.world), curve.colour, curve.fill);
    } else {
      add(curve.series, curve.colour, 1);
    }
  });
  for_each_curve(chart, [&](const Curve& curve) {
    if (is_bars(curve) && !is_boxes(curve) && !curve.part.empty()) add(curve.part, kGrey, curve.fill);
  });
}

void add_ideals_and_rules(const Chart& chart, std::vector<LegendEntry>& entries) {
  bool has_ideal = false;
  for_each_curve(chart, [&](const Curve& curve) { has_ideal = has_ideal || !is_run(curve); });
  if (has_ideal) entries.push_back({LegendEntry::Sample::line, "ideal", kGrey, Origin::formula, {}, 1});
  std::set<std::string> seen = {""};
  for (const Panel& panel : chart.panels) {
    for (const Rule& rule : panel.rules) {
      if (seen.insert(rule.label).second)
        entries.push_back({LegendEntry::Sample::line, rule.label, kGrey, Origin::measured, {}, 1});
    }
  }
}

/// 1, 2, 5 in a decade while that leaves room, else decades only, else every second, third, ... decade.
void add_logarithmic_ticks(Axis& axis, std::string_view unit, std::size_t most_ticks) {
  for (int apart = 0;; ++apart) {
    axis.ticks.clear();
    for (int decade = static_cast<int>(std::floor(std::log10(axis.low))); decade <= std::log10(axis.high); ++decade) {
      if (apart > 1 && decade % apart != 0) continue;
      for (const double digit : apart == 0 ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0}) {
        const double at = digit * std::pow(10.0, decade);
        if (at >= axis.low && at <= axis.high) axis.ticks.emplace_back(at, tick_text(at, unit, at));
      }
    }
    if (axis.ticks.size() <= most_ticks) return;
  }
}

/// About five round steps.
void add_linear_ticks(Axis& axis, std::string_view unit) {
  const double rough = (axis.high - axis.low) / 5;
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  const double step = decade * (rough / decade < 1.5 ? 1 : rough / decade < 3 ? 2 : rough / decade < 7 ? 5 : 10);
  for (double k = std::ceil(axis.low / step); k * step <= axis.high; ++k)
    axis.ticks.emplace_back(k * step, tick_text(k * step, unit, unit == "s" || unit == "B" ? axis.high : step));
}

}  // namespace

std::string_view name_of(Origin origin) {
  if (origin == Origin::formula) return "formula";
  return origin == Origin::simulated ? "simulated" : "measured";
}

std::string_view palette_colour(std::size_t index) {
  return index == kGrey ? kGreyColour : kPalette[index % kPalette.size()];
}

std::vector<LegendEntry> legend_of(const Chart& chart) {
  std::vector<LegendEntry> entries;
  if (!chart.has_legend) return entries;
  add_labels(chart, entries);
  add_bars(chart, entries);
  add_worlds(chart, entries);
  add_ideals_and_rules(chart, entries);
  return entries;
}

Axis value_axis(std::string label, double low, double high, std::string_view unit, std::size_t most_ticks) {
  Axis axis{.label = std::move(label)};
  axis.is_logarithmic = low > 0 && high / low >= 4;
  if (axis.is_logarithmic) {
    axis.low = low / 1.25;
    axis.high = high * 1.25;
    add_logarithmic_ticks(axis, unit, most_ticks);
  } else {
    axis.low = std::min(0.0, low * 1.05);
    axis.high = high > 0 ? high * 1.08 : 1;
    add_linear_ticks(axis, unit);
  }
  return axis;
}

std::string axis_label(std::string_view column) {
  const std::string_view unit = field_unit(column);
  return unit.empty() || unit == "s" || unit == "B" ? field_title(column)
                                                    : fmt::format("{} ({})", field_title(column), unit);
}

std::pair<double, double> range_of(const std::vector<Curve>& curves) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Curve& curve : curves) {
    if (!is_run(curve)) continue;
    for (const Datum& datum : curve.data) {
      low = std::min({low, datum.y, std::isnan(datum.low) ? datum.y : datum.low});
      high = std::max({high, datum.y, std::isnan(datum.high) ? datum.y : datum.high});
    }
  }
  return {low, high};
}

}  // namespace tandem
