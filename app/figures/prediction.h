// Predicted against measured: simulated runs beside runs of the same settings in another world.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/figures/series.h"
#include "app/store/result.h"

namespace tandem {

/// One setting that was both measured and simulated.
struct ComparedPoint {
  std::string label;               ///< that of its curve
  std::string x_text;              ///< where it lies on it
  const RunResult* run = nullptr;  ///< the first that was measured
  std::string world;               ///< where it was measured
  Spread measured_s;               ///< step_s over repeats
  double predicted_s = kNotMeasured;
  // Filled in by callers that know the scenario. A step that overlaps communication with computation lies between the
  // two.
  double least_s = kNotMeasured;  ///< by formula: all that can be hidden is
  double most_s = kNotMeasured;   ///< simulated with nothing hidden: computation, then communication

  double ratio() const { return predicted_s / measured_s.median; }
  double error() const { return ratio() - 1; }
  /// "inside", "0.2 % below", "1.3 % above" the range from least_s to most_s; "-" where there is none.
  std::string place_of(double step_s) const;
};

/// All pairs of strategies in the same setting whose measured step times differ by more than kTellsApart.
struct Ranking {
  std::size_t pairs = 0, right = 0;
  std::vector<std::string> wrong;  ///< those that the simulation orders the other way, for people
};
inline constexpr double kTellsApart = 0.10;

struct Comparison {
  std::vector<ComparedPoint> points;
  Ranking ranking;

  /// Both over the absolute errors.
  double median_error() const;
  double worst_error() const;
};

/// Points along `x`, a column of runs.csv or a key of the grid. Runs that failed are left out.
Comparison compare(const std::vector<RunResult>& results, const std::string& x);

/// How far the simulation was from the world that emulated the same cluster; empty where none did.
std::string error_sentence(const StudyFacts& facts, std::vector<RunResult> results);

/// The swept quantity to compare along: that of the first figure with an x, else the workers, else the first that
/// varies.
std::string axis_of(const std::vector<FigureSpec>& figures, const std::vector<RunResult>& results);

/// What place_of says of a time within the range.
inline constexpr const char* kInsideTheRange = "inside";

}  // namespace tandem
