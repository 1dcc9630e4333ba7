// A chart as a gnuplot script: it reads the chart's table and draws pictures.
#pragma once

#include <string>
#include <vector>

#include "app/figures/chart.h"

namespace tandem {

/// Reads NAME.csv (see chart_table.h) in its own folder and writes NAME.FORMAT there, for each of `formats`: svg, png,
/// pdf. Its first lines hold what people want to change: font, size, widths, colours, labels.
std::string gnuplot_script(const Chart& chart, const std::string& name, const std::vector<std::string>& formats);

}  // namespace tandem
