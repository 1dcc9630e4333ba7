// A chart in characters, for terminals that show no pictures.
#pragma once

#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// The chart as gnuplot's dumb terminal draws it, one panel below the other, with its legend and caption; `columns`
/// wide. If gnuplot is missing or fails, the error, for people.
std::string terminal_plot(const Chart& chart, std::size_t columns);

}  // namespace tandem
