#include "app/figures/series.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "app/store/columns.h"
#include "app/worlds/worlds.h"
#include "core/counted.h"
#include "core/units.h"

namespace tandem {
namespace {

bool starts_with_strategy(std::string_view key) { return key == "strategy" || key.starts_with("strategy."); }

std::string last_component(std::string_view key) { return std::string(key.substr(key.rfind('.') + 1)); }

/// The grid's own word for the strategy, which does not contain the swept option that x stands for.
std::string strategy_without_options(const RunResult& result) {
  for (const auto& [key, value] : result.factors) {
    if (key == "strategy") return value;
  }
  return result.strategy;
}

std::string strategy_of(const RunResult& result, std::string_view x) {
  return starts_with_strategy(x) ? strategy_without_options(result) : result.strategy_label;
}

/// What else was swept: neither x, nor the series, nor the strategy, which strategy_of tells.
std::vector<std::string> other_keys(const std::vector<RunResult>& results, std::string_view x,
                                    std::string_view series) {
  std::vector<std::string> keys = factor_keys(results);
  keys.push_back("workers");
  std::erase_if(keys, [&](const std::string& key) {
    return key == "strategy" || canonical_column(key) == canonical_column(x) ||
           canonical_column(key) == canonical_column(series) || !varies(results, key) ||
           (starts_with_strategy(key) && !starts_with_strategy(x));
  });
  return keys;
}

/// A swept list of mappings, in words: "[{worker: 1, loss: 1e-6}]" is "worker 1 loss 1e-6", and "[]" is "none".
std::string in_words(std::string text) {
  if (text == "[]") return "none";
  if (text.find('{') == std::string::npos) return text;
  for (const auto& [what, by] :
       {std::pair{"}, {", "; "}, {"[{", ""}, {"}]", ""}, {"{", ""}, {"}", ""}, {": ", " "}, {", ", " "}}) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + std::strlen(by)))
      text.replace(at, std::strlen(what), by);
  }
  return text;
}

/// The strategy, or the value of `series` and, where strategies vary besides, the strategy; then what else was swept.
std::string label_of(const RunResult& result, std::string_view x, std::string_view series, bool names_strategy,
                     const std::vector<std::string>& others) {
  std::vector<std::string> parts;
  const bool is_by_strategy = series.empty() || series == "strategy" || series == "strategy_label";
  if (!is_by_strategy)
    parts.push_back(fmt::format("{} {}", last_component(series), in_words(field_text(result, series))));
  if (is_by_strategy || names_strategy) parts.push_back(strategy_of(result, x));
  for (const std::string& key : others) {
    const std::string value = field_text(result, key);
    // An empty list is what the cluster is without anything special.
    if (!value.empty() && value != "[]") parts.push_back(fmt::format("{} {}", last_component(key), in_words(value)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Quantities of one swept key have one dimension, so their order and distances are right in any base unit.
double number_of(const RunResult& result, std::string_view x) {
  if (const std::optional<double> plain = field_number(result, x)) return *plain;
  for (const Dimension dimension :
       {Dimension::data_rate, Dimension::time, Dimension::bytes, Dimension::compute_rate, Dimension::computation}) {
    try {
      return parse_quantity(field_text(result, x), dimension);
    } catch (const QuantityError&) {
      continue;
    }
  }
  return kNotMeasured;
}

bool strategies_vary(const std::vector<RunResult>& results, std::string_view x) {
  std::set<std::string> names;
  for (const RunResult& result : results) {
    if (result.failure.empty()) names.insert(strategy_of(result, x));
  }
  return names.size() > 1;
}

void sort_points(Series& series) {
  const bool is_numeric =
      std::none_of(series.points.begin(), series.points.end(), [](const PointRuns& p) { return std::isnan(p.x); });
  if (!is_numeric) return;
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const PointRuns& a, const PointRuns& b) { return a.x < b.x; });
}

}  // namespace

Spread spread_of(std::vector<double> values) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back(), values.size()};
}

Spread PointRuns::spread(std::string_view column) const {
  std::vector<double> values;
  for (const RunResult* run : runs) values.push_back(field_number(*run, column).value_or(kNotMeasured));
  return spread_of(std::move(values));
}

std::vector<Series> series_over(const std::vector<RunResult>& results, std::string_view x, std::string_view series) {
  const std::vector<std::string> others = other_keys(results, x, series);
  // Options that are the series themselves need no second naming.
  const bool names_strategy = !starts_with_strategy(series) && strategies_vary(results, x);
  std::vector<Series> all;
  std::vector<std::string> labels;
  for (const RunResult& result : results) {
    const std::string x_text = field_text(result, x);
    if (!result.failure.empty() || x_text.empty()) continue;
    const std::string label = label_of(result, x, series, names_strategy, others);
    auto known = std::find(labels.begin(), labels.end(), label);
    if (known == labels.end()) known = labels.insert(labels.end(), label);
    auto curve = std::find_if(all.begin(), all.end(),
                              [&](const Series& s) { return s.label == label && s.world == result.world; });
    if (curve == all.end()) {
      curve = all.insert(all.end(), {label, result.world, static_cast<std::size_t>(known - labels.begin()), {}});
    }
    auto point = std::find_if(curve->points.begin(), curve->points.end(),
                              [&](const PointRuns& p) { return p.x_text == x_text; });
    if (point == curve->points.end()) {
      point = curve->points.insert(curve->points.end(), {x_text, number_of(result, x), {}});
    }
    point->runs.push_back(&result);
  }
  for (Series& curve : all) sort_points(curve);
  std::stable_sort(all.begin(), all.end(), [](const Series& a, const Series& b) { return a.colour < b.colour; });
  return all;
}

std::vector<Series> largest_only(std::vector<Series> all) {
  for (Series& series : all) series.points.erase(series.points.begin(), series.points.end() - 1);
  return all;
}

std::vector<std::string> labels_of(const std::vector<Series>& all) {
  std::vector<std::string> labels;
  for (const Series& series : all) {
    if (series.colour >= labels.size()) labels.resize(series.colour + 1);
    labels[series.colour] = series.label;
  }
  return labels;
}

std::vector<std::string> worlds_of(const std::vector<Series>& all) {
  std::vector<std::string> worlds;
  for (const Series& series : all) {
    if (std::find(worlds.begin(), worlds.end(), series.world) == worlds.end()) worlds.push_back(series.world);
  }
  return worlds;
}

bool is_prediction(std::string_view world) {
  const World* known = find_world(world);
  return known != nullptr && known->predicts;
}

Origin origin_of(const Series& series) { return is_prediction(series.world) ? Origin::simulated : Origin::measured; }

Curve curve_of(const Series& series, Curve::Form form) {
  return {.form = form,
          .series = series.label,
          .world = series.world,
          .part = {},
          .colour = series.colour,
          .origin = origin_of(series),
          .data = {}};
}

Curve curve_of(const Series& series, std::string_view column, const std::function<double(const PointRuns&)>& at) {
  Curve curve = curve_of(series);
  for (const PointRuns& point : series.points) {
    const Spread spread = point.spread(column);
    const bool is_wide = spread.high > spread.low;
    curve.data.push_back({.x = at(point),
                          .y = spread.median,
                          .low = is_wide ? spread.low : kNotMeasured,
                          .high = is_wide ? spread.high : kNotMeasured,
                          .n = spread.n,
                          .x_text = point.x_text});
  }
  return curve;
}

std::string run_counts(const std::vector<Series>& all) {
  std::map<std::string, std::set<std::size_t>> counts_of_world;
  std::set<std::size_t> counts;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      counts_of_world[series.world].insert(point.runs.size());
      counts.insert(point.runs.size());
    }
  }
  if (counts.size() == 1)
    return fmt::format("n = {} per point", counted(static_cast<std::int64_t>(*counts.begin()), "run"));
  std::vector<std::string> parts;
  for (const auto& [world, held] : counts_of_world) {
    const bool is_one = held.size() == 1;
    parts.push_back(is_one ? fmt::format("{} ({})", *held.begin(), world)
                           : fmt::format("{} to {} ({})", *held.begin(), *held.rbegin(), world));
  }
  return fmt::format("n = {} runs per point", fmt::join(parts, ", "));
}

std::string spread_sentence(const std::vector<Series>& all, std::string_view column) {
  bool has_repeats = false, has_bars = false;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      const Spread spread = point.spread(column);
      has_repeats = has_repeats || spread.n > 1;
      has_bars = has_bars || spread.high > spread.low;
    }
  }
  return fmt::format("{}{}{}.", has_repeats ? "Points: medians; " : "",
                     has_bars ? "bars: from the smallest to the largest; " : "", run_counts(all));
}

bool has_diverged(const RunResult& run) {
  return run.failure.empty() && !run.parameters_sha256.empty() && !std::isfinite(run.train_loss);
}

std::string setting_of(const RunResult& run) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : run.factors) {
    const std::string_view name = canonical_column(key);
    if (starts_with_strategy(name) || name == "world" || name == "workers" || name == "seed") continue;
    parts.push_back(fmt::format("{} {}", last_component(key), in_words(value)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool varies(const std::vector<RunResult>& results, std::string_view name) {
  const RunResult* first = nullptr;
  for (const RunResult& result : results) {
    if (!result.failure.empty()) continue;
    if (first != nullptr && field_text(result, name) != field_text(*first, name)) return true;
    if (first == nullptr) first = &result;
  }
  return false;
}

}  // namespace tandem
