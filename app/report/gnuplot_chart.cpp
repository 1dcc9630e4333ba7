#include "app/report/gnuplot_chart.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/report/chart_table.h"
#include "app/report/gnuplot.h"
#include "app/report/text_table.h"

namespace tandem {
namespace {

constexpr std::size_t kTitleColumns = 82;
constexpr std::size_t kCaptionColumns = 110;
constexpr double kTitleLine = 0.046, kCaptionLine = 0.034;  ///< heights, as fractions of the usual canvas
constexpr double kLegendLine = 0.048;
constexpr double kGapBeside = 0.085, kGapBelow = 0.1, kGapClose = 0.035;  ///< between panels
constexpr double kCanvas_px = 900, kCanvasHeight_px = 600, kLegendSample_px = 75, kLegendCharacter_px = 8.3;
constexpr double kLeft = 0.115, kRight = 0.98;  ///< where panels begin and end without a legend beside them
constexpr std::size_t kUsualTick = 6;           ///< characters beside an axis; longer texts move it away from its label
constexpr double kMostBeside = 0.46, kMostRowsBeside = 14;  ///< a legend that is wider or longer stands above
constexpr double kUsualRows = 2, kUsualCaption = 4;  ///< legends and captions with more lines make the paper longer

/// Where something lies, as fractions of the canvas.
struct Place {
  double left, right, bottom, top;
};

std::vector<std::string> caption_lines(const Chart& chart) {
  std::vector<std::string> sentences = chart.caption;
  std::erase_if(sentences, [](const std::string& sentence) { return sentence.empty(); });
  return wrapped(fmt::format("{}", fmt::join(sentences, " ")), kCaptionColumns);
}

double legend_width_px(const std::vector<LegendEntry>& legend) {
  if (legend.empty()) return 0;
  std::size_t characters = 0;
  for (const LegendEntry& entry : legend) characters = std::max(characters, entry.text.size());
  return kLegendSample_px + kLegendCharacter_px * static_cast<double>(characters);
}

/// A text that no line of the paper holds loses its middle: labels differ at their ends. The .csv has it whole.
std::string shortened(const std::string& text) {
  constexpr auto kMost = static_cast<std::size_t>((kRight * kCanvas_px - kLegendSample_px) / kLegendCharacter_px);
  if (text.size() <= kMost) return text;
  const auto is_inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };
  std::size_t head = kMost / 2, tail = text.size() - (kMost - kMost / 2 - 3);
  while (head > 0 && is_inside(head)) --head;
  while (tail < text.size() && is_inside(tail)) ++tail;
  return text.substr(0, head) + "..." + text.substr(tail);
}

/// How many rows a legend above the panels has: in as many columns as fit.
double rows_above(const std::vector<LegendEntry>& legend) {
  const double columns = std::max(1.0, std::floor(kRight * kCanvas_px / legend_width_px(legend)));
  return std::ceil(static_cast<double>(legend.size()) / columns);
}

/// The chart as it goes on paper: a legend that has no room beside the panels stands above them, and what surrounds
/// panels makes the paper longer rather than the panels smaller.
Chart laid_out(Chart chart, const std::vector<LegendEntry>& legend) {
  chart.legend_above = chart.legend_above || legend_width_px(legend) > kMostBeside * kCanvas_px ||
                       static_cast<double>(legend.size()) > kMostRowsBeside * chart.height;
  if (chart.legend_above) chart.height += kLegendLine * std::max(0.0, rows_above(legend) - kUsualRows);
  const auto lines = static_cast<double>(caption_lines(chart).size());
  chart.height += kCaptionLine * std::max(0.0, lines - kUsualCaption);
  return chart;
}

/// What longer texts beside the panels' axes take.
double room_for_ticks(const Chart& chart) {
  constexpr double kCharacter_px = 9.5;
  std::size_t longest = kUsualTick;
  for (const Panel& panel : chart.panels) {
    for (const auto& [at, text] : panel.y.ticks) longest = std::max(longest, text.size());
  }
  return kCharacter_px * static_cast<double>(longest - kUsualTick) / kCanvas_px;
}

/// The room that title, caption and a legend to the right leave for panels.
Place room_of(const Chart& chart, const std::vector<LegendEntry>& legend) {
  const double title = kTitleLine * static_cast<double>(wrapped(chart.title, kTitleColumns).size()) / chart.height;
  const double caption = kCaptionLine * static_cast<double>(caption_lines(chart).size()) / chart.height;
  return {.left = kLeft + room_for_ticks(chart),
          .right = chart.legend_above ? kRight : kRight - legend_width_px(legend) / kCanvas_px,
          .bottom = 0.115 / chart.height + caption,
          .top = 1 - 0.05 / chart.height - title};
}

int point_type(std::string_view world) {
  constexpr std::array<std::pair<std::string_view, int>, 4> kTypes = {
      {{"sim", 6}, {"threads", 7}, {"tcp", 5}, {"mpi", 9}}};
  for (const auto& [name, type] : kTypes) {
    if (name == world) return type;
  }
  return 13;
}

std::string colour_name(std::size_t colour) {
  return colour == kGrey ? fmt::format("\"{}\"", palette_colour(kGrey)) : fmt::format("colour_{}", colour + 1);
}

std::string points(const std::string& world, double halo = 0) {
  return fmt::format("pt {} ps point_size{}", point_type(world), halo > 0 ? fmt::format(" + {:g}", halo) : "");
}

/// Colour, dash and width of a line.
std::string line_style(std::size_t colour, Origin origin, double rim) {
  if (origin == Origin::formula) return fmt::format("lc rgb {} dt by_formula lw 1.5", colour_name(colour));
  return fmt::format("lc rgb {} dt {} lw line_width{}", colour_name(colour), name_of(origin),
                     rim > 0 ? fmt::format(" + {:g}", rim) : "");
}

std::string legend_entry(const LegendEntry& entry) {
  const std::string title = gnuplot_string(entry.text);
  switch (entry.sample) {
    case LegendEntry::Sample::box:
      return fmt::format("keyentry with boxes fs solid {:g} border lc rgb {} fc rgb {} title {}", entry.fill,
                         colour_name(entry.colour), colour_name(entry.colour), title);
    case LegendEntry::Sample::point_and_line:
      return fmt::format("keyentry with linespoints {} {} title {}", line_style(entry.colour, entry.origin, 0),
                         points(entry.world), title);
    case LegendEntry::Sample::line:
      break;
  }
  return fmt::format("keyentry with lines {} title {}", line_style(entry.colour, entry.origin, 0), title);
}

std::vector<std::string> plots_of_bars(const std::string& data, std::size_t k, const Curve& curve, bool has_base) {
  const std::string base = has_base ? "\"base\"" : "(0)";
  return {
      fmt::format("{0} using (curve({1}, \"x\")):{2}:(curve({1}, \"x\") - {3:.4g}):(curve({1}, \"x\") + "
                  "{3:.4g}):{2}:\"y\" with boxxyerror fs solid {4:g} border lc rgb {5} fc rgb {5}",
                  data, k, base, curve.width / 2, curve.fill, colour_name(curve.colour))};
}

/// Boxes with their texts, where these fit: a panel is about kPanel_px wide.
std::vector<std::string> plots_of_boxes(const std::string& data, std::size_t k, const Curve& curve, const Axis& x) {
  constexpr double kPanel_px = 780, kCharacter_px = 9;
  std::size_t longest = 1;
  for (const Datum& datum : curve.data) longest = std::max(longest, datum.x_text.size());
  const double least = kCharacter_px * static_cast<double>(longest) / kPanel_px * (x.high - x.low);
  const std::string_view ink = curve.fill > 0.7 ? "#FFFFFF" : "#000000";
  return {
      fmt::format(
          "{0} using (curve({1}, \"x\")):\"y\":\"low\":\"high\":(column(\"y\") - {2:.4g}):(column(\"y\") + {2:.4g}) "
          "with boxxyerror fs solid {3:g} border lc rgb \"#FFFFFF\" fc rgb {4}",
          data, k, curve.width / 2, curve.fill, colour_name(curve.colour)),
      fmt::format(
          "{0} using (column(\"high\") - column(\"low\") < {2:.6g} ? NaN : curve({1}, \"x\")):\"y\":\"x_text\" with "
          "labels font sprintf(\"%s,%d\", font, box_pt) tc rgb \"{3}\"",
          data, k, least, ink)};
}

/// Draws ranges below the line, and points above it unless every datum has one.
std::vector<std::string> plots_of(const std::string& data, std::size_t k, const Curve& curve, const Axis& x,
                                  bool has_base) {
  if (curve.form == Curve::Form::boxes) return plots_of_boxes(data, k, curve, x);
  if (curve.form == Curve::Form::bars) return plots_of_bars(data, k, curve, has_base);
  std::vector<std::string> plots;
  const bool has_range =
      std::any_of(curve.data.begin(), curve.data.end(), [](const Datum& d) { return !std::isnan(d.low); });
  const bool is_marked = std::all_of(curve.data.begin(), curve.data.end(), [](const Datum& d) { return d.is_marked; });
  const std::string xy = fmt::format("{} using (curve({}, \"x\")):\"y\"", data, k);
  if (has_range) {
    plots.push_back(
        fmt::format("{} using (curve({}, \"x\")):\"y\":\"low\":\"high\" with yerrorbars lc rgb {} pt 0 lw 1.5", data, k,
                    colour_name(curve.colour)));
  }
  const std::string line = line_style(curve.colour, curve.origin, curve.rim);
  if (curve.form == Curve::Form::steps) {
    plots.push_back(fmt::format("{} with steps {}", xy, line));
  } else if (curve.form == Curve::Form::points) {
    plots.push_back(fmt::format("{} with points lc rgb {} lw 2 {}", xy, colour_name(curve.colour),
                                points(curve.world, curve.halo)));
  } else if (curve.origin == Origin::formula || !is_marked) {
    plots.push_back(fmt::format("{} with lines {}", xy, line));
  } else {
    plots.push_back(fmt::format("{} with linespoints {} {}", xy, line, points(curve.world, curve.halo)));
  }
  return plots;
}

std::string panel_plot(const Panel& panel, const std::string& data, std::size_t first_curve, bool has_base,
                       const std::vector<std::string>& legend) {
  std::vector<std::string> plots = legend, marks;
  for (const Rule& rule : panel.rules)
    plots.push_back(fmt::format("{:.17g} with lines lc rgb \"#808080\" lw 1.5", rule.y));
  for (std::size_t i = 0; i < panel.curves.size(); ++i) {
    const Curve& curve = panel.curves[i];
    const std::size_t k = first_curve + i;
    for (std::string& plot : plots_of(data, k, curve, panel.x, has_base)) plots.push_back(std::move(plot));
    const bool is_marked =
        std::all_of(curve.data.begin(), curve.data.end(), [](const Datum& d) { return d.is_marked; });
    if (!is_marked)
      marks.push_back(fmt::format("{} using (mark({}, \"x\")):\"y\" with points lc rgb {} lw 1.5 {}", data, k,
                                  colour_name(curve.colour), points(curve.world)));
  }
  // Drawn above all lines.
  plots.insert(plots.end(), marks.begin(), marks.end());
  return fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
}

std::string margins(const Place& place) {
  return fmt::format(
      "set lmargin at screen {:.3f}\nset rmargin at screen {:.3f}\nset bmargin at screen {:.3f}\nset tmargin at screen "
      "{:.3f}\n",
      place.left, place.right, place.bottom, place.top);
}

/// The legend alone, in a plot without axes: beside or above several panels, in as many columns as the rows leave.
std::string legend_plot(const std::vector<std::string>& entries, const Place& place, std::size_t rows) {
  return margins(place) +
         fmt::format(
             "unset border\nunset tics\nunset xlabel\nunset ylabel\nunset logscale\n"
             "set key inside left top vertical maxrows {} Left reverse noautotitle samplen 3 spacing 1.35\n"
             "plot [0:1][0:1] 2, \\\n     {}\n"
             "unset label\nunset key\nset border 3\nset tics nomirror\n",
             rows, fmt::join(entries, ", \\\n     "));
}

/// The place of each panel within `room`.
std::vector<Place> places_of(const Chart& chart, const Place& room) {
  const bool has_titles =
      std::any_of(chart.panels.begin(), chart.panels.end(), [](const Panel& p) { return !p.title.empty(); });
  // Panels that share an axis stand close; a title needs room above its panel.
  const double gap =
      chart.is_side_by_side ? kGapBeside + room_for_ticks(chart) : (has_titles ? kGapBelow : kGapClose) / chart.height;
  const double gaps = gap * static_cast<double>(chart.panels.size() - 1) + (has_titles ? gap / 2 : 0);
  const double length = (chart.is_side_by_side ? room.right - room.left : room.top - room.bottom) - gaps;
  double shares = 0;
  for (const Panel& panel : chart.panels) shares += panel.share;
  std::vector<Place> places;
  double at = chart.is_side_by_side ? room.left : room.top - (has_titles ? gap / 2 : 0);
  for (const Panel& panel : chart.panels) {
    const double size = length * panel.share / shares;
    if (chart.is_side_by_side) {
      places.push_back({at, at + size, room.bottom, room.top});
      at += size + gap;
    } else {
      places.push_back({room.left, room.right, at - size, at});
      at -= size + gap;
    }
  }
  return places;
}

std::string style_script(const Chart& chart, const std::string& name, const std::vector<std::string>& formats) {
  std::string text = fmt::format(
      "# {0}\n# Draw again with `gnuplot {1}.gp` in this folder: reads {1}.csv, writes {1}.{3}.\n\n"
      "# Style\n"
      "font = \"DejaVu Sans\"\ntext_pt = 12\ntitle_pt = 14\ncaption_pt = 11\nbox_pt = 9\n"
      "width_px = 900\nheight_px = {2:.0f}\nline_width = 2.5\npoint_size = 1.1\n"
      "measured = 1   # dash types\nsimulated = 2\nset dashtype 2 (10, 6)\nby_formula = 3\n",
      chart.about, name, kCanvasHeight_px * chart.height, fmt::join(formats, fmt::format(" and {}.", name)));
  std::size_t colours = 0;
  for (const Panel& panel : chart.panels) {
    for (const Curve& curve : panel.curves) {
      if (curve.colour != kGrey) colours = std::max(colours, curve.colour + 1);
    }
  }
  for (std::size_t i = 0; i < colours; ++i) text += fmt::format("colour_{} = \"{}\"\n", i + 1, palette_colour(i));
  return text;
}

std::string texts_script(const Chart& chart) {
  std::string text;
  int label = 1;
  double y = 1 - 0.035 / chart.height;
  for (const std::string& line : wrapped(chart.title, kTitleColumns)) {
    text += fmt::format("set label {} {} at screen 0.02,{:.3f} left font sprintf(\"%s:Bold,%d\", font, title_pt)\n",
                        label++, gnuplot_string(line), y);
    y -= kTitleLine / chart.height;
  }
  const std::vector<std::string> caption = caption_lines(chart);
  y = (0.025 + kCaptionLine * static_cast<double>(caption.size() - 1)) / chart.height;
  for (const std::string& line : caption) {
    text += fmt::format(
        "set label {} {} at screen 0.02,{:.3f} left font sprintf(\"%s,%d\", font, caption_pt) tc rgb \"#404040\"\n",
        label++, gnuplot_string(line), y);
    y -= kCaptionLine / chart.height;
  }
  return text;
}

constexpr const char* kTerminals =
    "do for [format in formats] {\n"
    "if (format eq \"svg\") {\n"
    "  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.\n"
    "  set terminal svg size width_px,height_px noenhanced font sprintf(\"%s,%d\", font, text_pt) fontscale 1.33 "
    "background \"white\"\n"
    "} else { if (format eq \"pdf\") {\n"
    "  set terminal pdfcairo size width_px/96.0,height_px/96.0 noenhanced font sprintf(\"%s,%d\", font, text_pt)\n"
    "} else {\n"
    "  set terminal pngcairo size width_px,height_px noenhanced font sprintf(\"%s,%d\", font, text_pt)\n"
    "}}\n";

std::string panels_script(const Chart& chart, const std::string& data, const std::vector<LegendEntry>& legend) {
  std::vector<std::string> entries;
  for (const LegendEntry& entry : legend) entries.push_back(legend_entry(entry));
  const bool has_base = has_column(chart, "base");
  Place room = room_of(chart, legend);
  std::string text;
  const bool is_single = chart.panels.size() == 1 && !chart.legend_above && chart.panels[0].title.empty();
  if (is_single) {
    text = margins(room) +
           fmt::format("set key at screen {:.3f},{:.3f} left top Left reverse noautotitle samplen 3 spacing 1.35\n",
                       room.right + 0.015, room.top + 0.01);
  } else if (entries.empty()) {
    text = "set multiplot\nunset key\n";
  } else if (chart.legend_above) {
    const double rows = rows_above(legend);
    const double bottom = room.top - kLegendLine * rows / chart.height;
    text = "set multiplot\n" +
           legend_plot(entries, {0, 1, bottom, room.top + 0.02 / chart.height}, static_cast<std::size_t>(rows));
    room.top = bottom - 0.02 / chart.height;  // room for the title of the first panel
  } else {
    text = "set multiplot\n" + legend_plot(entries, {room.right, 1, room.bottom, room.top + 0.02}, entries.size());
  }
  const std::vector<Place> places = places_of(chart, room);
  std::size_t first_curve = 1;
  for (std::size_t p = 0; p < chart.panels.size(); ++p) {
    const Panel& panel = chart.panels[p];
    text += margins(places[p]);
    if (!panel.title.empty()) {
      text +=
          fmt::format("set label 90 {} at graph 0,1 offset 0,0.8 left font sprintf(\"%s:Bold,%d\", font, text_pt)\n",
                      gnuplot_string(panel.title));
    }
    text += axis_script('x', panel.x) + axis_script('y', panel.y) +
            panel_plot(panel, data, first_curve, has_base, is_single ? entries : std::vector<std::string>{});
    first_curve += panel.curves.size();
  }
  return text + (is_single ? "" : "unset multiplot\n");
}

}  // namespace

std::string gnuplot_script(const Chart& asked, const std::string& name, const std::vector<std::string>& formats) {
  std::vector<LegendEntry> legend = legend_of(asked);
  for (LegendEntry& entry : legend) entry.text = shortened(entry.text);
  const Chart chart = laid_out(asked, legend);
  std::string text = style_script(chart, name, formats);
  text +=
      "\nset encoding utf8\nset datafile separator comma\nset datafile columnheaders\nset datafile missing NaN\n"
      "curve(k, column_name) = column(\"curve\") == k ? column(column_name) : NaN\n";
  if (has_column(chart, "marked"))
    text += "mark(k, column_name) = column(\"marked\") == 1 ? curve(k, column_name) : NaN\n";
  text +=
      "\nset border 3 lc rgb \"#404040\"\nset grid lt 1 lc rgb \"#DDDDDD\" lw 0.8\nset tics nomirror\nset xtics\n\n";
  text += fmt::format("formats = \"{}\"\n", fmt::join(formats, " ")) + kTerminals;
  text += fmt::format("set output \"{}.\".format\nunset label\n", name);
  text += texts_script(chart) + panels_script(chart, fmt::format("\"{}.csv\"", name), legend);
  return text + "}\nunset output\n";
}

}  // namespace tandem
