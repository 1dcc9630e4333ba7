// Where points lie on an x axis of swept values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/figures/chart.h"
#include "app/figures/series.h"

namespace tandem {

/// Numbers and quantities ("20ms") lie where they belong, other texts side by side in order of appearance.
struct Positions {
  bool is_numeric = true;
  std::vector<std::pair<double, std::string>> ticks;

  double of(const std::string& x_text) const;
};

Positions positions_of(const std::vector<Series>& all);
Axis x_axis(std::string label, const Positions& positions);

}  // namespace tandem
