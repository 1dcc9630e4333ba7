// Runs gathered into curves: repeats of a point become its median and spread, points of the same strategy become a
// curve.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/figures/chart.h"
#include "app/store/result.h"

namespace tandem {

/// Median and range of a measure over the runs of a point (repeats, and seeds if they were swept).
struct Spread {
  double median = kNotMeasured, low = kNotMeasured, high = kNotMeasured;
  std::size_t n = 0;
};
/// The spread of those values that are not NaN.
Spread spread_of(std::vector<double> values);

/// Runs that differ in repeat and seed only.
struct PointRuns {
  std::string x_text;
  double x = 0;  ///< x_text as a number, in base units where it has a unit ("20ms" is 0.02); NaN where it is none
  std::vector<const RunResult*> runs;

  Spread spread(std::string_view column) const;
};

/// One strategy (and whatever else was swept) in one world.
struct Series {
  std::string label;
  std::string world;
  std::size_t colour = 0;         ///< the same for the same label, in order of first appearance
  std::vector<PointRuns> points;  ///< ascending in x; in order of appearance where x is text
};

/// Curves over `x`, of runs that did not fail. `series` is the column or grid key that names the curves, empty for the
/// strategy. Swept keys that neither x nor series covers are added to the label: no curve mixes different settings.
std::vector<Series> series_over(const std::vector<RunResult>& results, std::string_view x,
                                std::string_view series = {});

/// Leaves each curve only its point of the largest x.
std::vector<Series> largest_only(std::vector<Series> all);

/// Labels in the order of their colours; worlds in order of appearance.
std::vector<std::string> labels_of(const std::vector<Series>& all);
std::vector<std::string> worlds_of(const std::vector<Series>& all);

/// Predicted rather than measured: drawn dashed.
bool is_prediction(std::string_view world);
Origin origin_of(const Series& series);

/// A curve in the style of this series, without its data.
Curve curve_of(const Series& series, Curve::Form form = Curve::Form::line);
/// A curve whose data are the medians of a column, with their ranges; `at` says where a point's x lies.
Curve curve_of(const Series& series, std::string_view column, const std::function<double(const PointRuns&)>& at);

/// "n = 3 runs per point", "n = 1 (sim), 3 (threads) runs per point".
std::string run_counts(const std::vector<Series>& all);
/// "Points: medians; bars: from the smallest to the largest; n = 3 runs per point.", the bars only where there are any.
std::string spread_sentence(const std::vector<Series>& all, std::string_view column);

/// It trained with real numbers and ended with a loss that is none. (In phantom runs nothing can diverge.)
bool has_diverged(const RunResult& run);

/// What was swept besides the strategy, the workers and the world: "bandwidth 10Gbit/s, batch 64"; empty: nothing. Only
/// runs in the same setting can be called faster or slower than one another.
std::string setting_of(const RunResult& run);

/// Whether runs that did not fail have more than one value of this column or grid key.
bool varies(const std::vector<RunResult>& results, std::string_view name);

}  // namespace tandem
