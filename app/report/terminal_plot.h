// A chart in characters, for those who sit at a terminal far from any screen.
#pragma once

#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// The chart as gnuplot's dumb terminal draws it, one panel below the other, with its legend and caption; `columns`
/// wide. What went wrong, for people, where gnuplot is missing or fails.
std::string terminal_plot(const Chart& chart, std::size_t columns);

}  // namespace tandem
