// A chart as a gnuplot script: for a file, where it reads the chart's table and draws SVG and PNG, and for a terminal.
#pragma once

#include <string>

#include "app/figures/chart.h"

namespace tandem {

/// Reads NAME.csv (see chart_table.h) in its own folder and writes NAME.svg and NAME.png there. Its first lines hold
/// what people want to change: font, size, widths, colours, labels.
std::string gnuplot_script(const Chart& chart, const std::string& name);

}  // namespace tandem
