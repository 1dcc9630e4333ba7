// A chart's numbers as CSV: what its gnuplot script reads, and what a person takes to another program.
#pragma once

#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// A row per datum. Columns: panel, curve (counted over all panels, from 1), series, world, origin, part, x, x_text, y,
/// low, high, base, n, marked; of panel, part, x_text, low, high, base and marked those that would say nothing are left
/// out.
std::string chart_csv(const Chart& chart);

/// Whether the table has this column.
bool has_column(const Chart& chart, std::string_view column);

}  // namespace tandem
