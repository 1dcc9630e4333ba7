// A chart's numbers as CSV, for its gnuplot script and for other programs.
#pragma once

#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// A row per datum. Columns: panel, curve (counted over all panels, from 1), series, world, origin, part, x, x_text, y,
/// low, high, base, n, marked. Panel, part, x_text, low, high, base and marked are left out where all their values are
/// the usual one.
std::string chart_csv(const Chart& chart);

/// Whether the table has this column.
bool has_column(const Chart& chart, std::string_view column);

}  // namespace tandem
