// What the figures have in common: palette, title, caption, legend and axes, as text of a gnuplot script.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/report/series.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

/// A figure before it is written. Where there is nothing to draw, `data` is empty and `note` says why.
struct Figure {
  std::string data;
  std::string script;
  std::string note;
};

/// `name` is that of the files: the script reads NAME.csv and writes NAME.svg and NAME.png.
Figure scaling_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                      const std::vector<RunResult>& results);
Figure breakdown_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                        const std::vector<RunResult>& results);
Figure loss_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                   const std::vector<RunResult>& results);
Figure comparison_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                         const std::vector<RunResult>& results);
Figure staleness_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                        const std::vector<RunResult>& results);

/// Okabe and Ito's palette (2008), distinct to colour-blind readers too; from the beginning again after seven.
std::string_view palette_colour(std::size_t index);

/// Everything around the plot itself.
struct Frame {
  std::string name;   ///< of the files
  std::string about;  ///< the script's first line
  std::string title;
  std::vector<std::string> caption;   ///< sentences; they are wrapped to the width
  std::vector<std::string> labels;    ///< of the curves, by colour
  std::size_t legend_characters = 0;  ///< the longest text of the legend
};

/// Where the plot lies, as fractions of the canvas.
struct Layout {
  double left, right, bottom, top;
};
Layout layout_of(const Frame& frame);

/// Style variables, data format, then `do for [format in "svg png"] {` with terminal, output, title, caption and
/// legend.
std::string script_opening(const Frame& frame);
/// For several panels, after `set multiplot`: the legend in a place of its own, the title and the caption with it.
std::string legend_script(const std::vector<std::string>& entries, const Layout& place, bool is_horizontal);
std::string script_closing();

/// An axis ('x' or 'y') with its label, range, scale and ticks.
struct Axis {
  std::string label;
  double low = 0, high = 1;
  bool is_logarithmic = false;
  std::vector<std::pair<double, std::string>> ticks;  ///< empty: gnuplot's choice
};
std::string script_axis(char axis, const Axis& description);
/// A logarithmic axis where all values are positive and span at least four times, else one that begins at 0 (or
/// includes the negative). `unit` shapes the tick texts; a logarithmic axis has at most `most_ticks`.
Axis value_axis(std::string label, double low, double high, std::string_view unit, std::size_t most_ticks = 12);

/// "throughput (samples/s)".
std::string axis_label(std::string_view column);

/// "strong scaling, global batch 512", or what the points say.
std::string scaling_kind(const Plan& plan);
/// "; simulated network: neutral", or nothing where nothing was simulated.
std::string network_models(const std::vector<RunResult>& results);
/// "Not plotted: 2 skipped points (...), 1 failed run (...)."; empty when all is plotted.
std::string not_plotted(const Plan& plan, const std::vector<RunResult>& results);
/// "n = 3 runs a point", "n = 1 (sim), 3 (threads) runs a point".
std::string run_counts(const std::vector<Series>& all);

/// gnuplot's style of a curve: colour by label, dash by whether it is a prediction, points by world.
std::string curve_style(const Series& series);
std::string point_style(const Series& series);
/// The legend: a line for each label that is drawn, then, where both kinds are there, solid and dashed.
std::vector<std::string> legend_entries(const std::vector<Series>& all);
std::size_t legend_width(const std::vector<Series>& all);

}  // namespace tandem
