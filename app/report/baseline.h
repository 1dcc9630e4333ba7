// The baselines of speed-ups: one run for all strategies that are compared with each other.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/figures/series.h"

namespace tandem {

/// The fastest strategy at the fewest workers of a world, among runs in the same setting.
struct Baseline {
  std::string world, setting;
  std::string label, workers;
  double samples_per_s = kNotMeasured;
  std::size_t points = 0;  ///< how many points are compared with it, itself included
};

/// One for each world and setting. `all` are curves over the workers.
std::vector<Baseline> baselines_of(const std::vector<Series>& all);
/// The baseline of a curve; never null for one of the curves that were given to baselines_of.
const Baseline* baseline_of(const Series& series, const std::vector<Baseline>& baselines);

/// "Speed-up: against allreduce ring with 1 worker (sim), ..."; empty where nothing has a speed-up.
std::string baseline_sentence(const std::vector<Baseline>& baselines);

}  // namespace tandem
