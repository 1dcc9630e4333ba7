// A chart as data: what is drawn, in which panels, with which axes, and what the reader must know beside it. It holds
// no word of a drawing program; app/report turns it into gnuplot's scripts, text for a terminal, and JSON for a page.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// An axis with its label, range, scale and ticks.
struct Axis {
  std::string label;
  double low = 0, high = 1;
  bool is_logarithmic = false;
  std::vector<std::pair<double, std::string>> ticks;  ///< empty: the renderer's choice
};

/// Where numbers come from, which decides how a line is drawn: measured solid, simulated dashed, by formula dotted.
enum class Origin { measured, simulated, formula };
std::string_view name_of(Origin origin);

struct Datum {
  double x = 0, y = 0;
  double low = std::numeric_limits<double>::quiet_NaN();  ///< the range over repeats; NaN where there is none
  double high = std::numeric_limits<double>::quiet_NaN();
  double base = 0;        ///< bars: where the bar begins
  std::size_t n = 0;      ///< how many runs it stands for
  std::string x_text;     ///< x as the scenario writes it
  bool is_marked = true;  ///< has the point of its world; long curves have few
};

/// Everything that shares one label, one world and one style.
struct Curve {
  /// points: a line would join what cannot be compared. boxes: from low to high along x, in rows, with x_text inside
  enum class Form { line, points, steps, bars, boxes };
  Form form = Form::line;
  std::string series;      ///< what the legend calls it
  std::string world;       ///< empty where no world ran it
  std::string part;        ///< bars: which part of a stack these are
  std::size_t colour = 0;  ///< index into the palette, or kGrey
  Origin origin = Origin::measured;
  double rim = 0;    ///< how much wider than usual the line is, so that it shows below those that cover it
  double halo = 0;   ///< the same for its points
  double fill = 1;   ///< bars: how full the colour is
  double width = 0;  ///< bars: in units of x; boxes: their height in units of y
  std::vector<Datum> data;
};
inline constexpr std::size_t kGrey = std::numeric_limits<std::size_t>::max();

/// A horizontal line: a target, or zero.
struct Rule {
  double y;
  std::string label;  ///< empty: not in the legend
};

struct Panel {
  std::string title;
  Axis x, y;
  std::vector<Curve> curves;  ///< later ones cover earlier ones
  std::vector<Rule> rules;
  double share = 1;  ///< its part of the room that panels divide among them
};

struct Chart {
  std::string nothing;  ///< why there is nothing to draw; the rest is then empty
  std::string about;    ///< what it shows: "throughput against workers"
  std::string title;
  std::vector<std::string> caption;  ///< sentences; empty ones are passed over
  std::vector<Panel> panels;
  bool is_side_by_side = false;  ///< panels; else one above the other
  bool legend_above = false;     ///< else to the right
  bool has_legend = true;        ///< else its caption says which curve is which
  double height = 1;             ///< the paper's height, in usual heights
};

/// An entry of the legend: a sample of what is drawn, and its text.
struct LegendEntry {
  enum class Sample { line, point_and_line, box };
  Sample sample;
  std::string text;
  std::size_t colour = kGrey;
  Origin origin = Origin::measured;
  std::string world;  ///< whose point the sample has
  double fill = 1;
};
/// An entry for each label, with the dash that its curves have; then one for each world; then parts, ideals and
/// targets.
std::vector<LegendEntry> legend_of(const Chart& chart);

/// Okabe and Ito's palette (2008), which colour-blind readers can tell apart; it repeats after seven.
std::string_view palette_colour(std::size_t index);

/// A logarithmic axis where all values are positive and span at least a factor of four, else one that begins at 0 or
/// below. `unit` shapes the tick texts; a logarithmic axis has at most `most_ticks`.
Axis value_axis(std::string label, double low, double high, std::string_view unit, std::size_t most_ticks = 12);

/// "throughput (samples/s)": seconds and bytes are left to the ticks, which carry the prefix that suits them.
std::string axis_label(std::string_view column);

/// The values of all curves of a panel that were run, ranges included; {inf, -inf} where there are none.
std::pair<double, double> range_of(const std::vector<Curve>& curves);

}  // namespace tandem
