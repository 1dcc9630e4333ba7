#include "app/report/figure.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include "app/report/gnuplot.h"
#include "app/report/quantity.h"
#include "app/store/columns.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, 7> kPalette = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                      "#E69F00", "#56B4E9", "#000000"};
constexpr std::size_t kTitleColumns = 82;
constexpr std::size_t kCaptionColumns = 110;
constexpr double kTitleLine = 0.046, kCaptionLine = 0.034;  ///< heights, as fractions of the canvas

std::vector<std::string> wrapped(const std::string& text, std::size_t columns) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > columns) {
      lines.push_back(word);
    } else {
      lines.back() += " " + word;
    }
  }
  return lines;
}

std::vector<std::string> caption_lines(const Frame& frame) {
  return wrapped(fmt::format("{}", fmt::join(frame.caption, " ")), kCaptionColumns);
}

std::string factors_text(const std::vector<std::pair<std::string, std::string>>& factors,
                         const std::string& otherwise) {
  if (factors.empty()) return otherwise;
  std::vector<std::string> words;
  for (const auto& [key, value] : factors) {
    const std::string name(canonical_column(key));
    words.push_back(name == "strategy" || name == "world" ? value : fmt::format("{} {}", name, value));
  }
  return fmt::format("{}", fmt::join(words, " "));
}

/// "3 failed runs (a; b; ...)": all of them up to three.
std::string counted(std::string_view what, const std::vector<std::string>& items) {
  constexpr std::size_t kShown = 3;
  const std::vector<std::string> shown(items.begin(),
                                       items.begin() + static_cast<long>(std::min(items.size(), kShown)));
  return fmt::format("{} {}{} ({}{})", items.size(), what, items.size() == 1 ? "" : "s", fmt::join(shown, "; "),
                     items.size() > kShown ? "; ..." : "");
}

int point_type(std::string_view world) {
  constexpr std::array<std::pair<std::string_view, int>, 4> kTypes = {
      {{"sim", 6}, {"threads", 7}, {"tcp", 5}, {"mpi", 9}}};
  for (const auto& [name, type] : kTypes) {
    if (name == world) return type;
  }
  return 13;
}

}  // namespace

std::string_view palette_colour(std::size_t index) { return kPalette[index % kPalette.size()]; }

Layout layout_of(const Frame& frame) {
  const double title = kTitleLine * static_cast<double>(wrapped(frame.title, kTitleColumns).size());
  const double caption = kCaptionLine * static_cast<double>(caption_lines(frame).size());
  const double legend =
      frame.legend_characters == 0 ? 0.0 : (75 + 8.3 * static_cast<double>(frame.legend_characters)) / 900;
  return {.left = 0.115, .right = std::max(0.5, 0.98 - legend), .bottom = 0.115 + caption, .top = 0.95 - title};
}

std::string script_opening(const Frame& frame) {
  const Layout layout = layout_of(frame);
  std::string text = fmt::format(
      "# {0}\n# Draw again with `gnuplot {1}.gp` in this folder: reads {1}.csv, writes {1}.svg and {1}.png.\n\n"
      "# Style\n"
      "font = \"DejaVu Sans\"\ntext_pt = 12\ntitle_pt = 14\ncaption_pt = 11\n"
      "width_px = 900\nheight_px = 600\nline_width = 2.5\npoint_size = 1.1\n"
      "measured = 1   # dash types\nsimulated = 2\nset dashtype 2 (10, 6)\n",
      frame.about, frame.name);
  for (std::size_t i = 0; i < frame.labels.size(); ++i) {
    text += fmt::format("colour_{0} = \"{1}\"\nlabel_{0} = {2}\n", i + 1, palette_colour(i),
                        gnuplot_string(frame.labels[i]));
  }
  text += fmt::format(
      "\nset encoding utf8\nset datafile separator comma\nset datafile columnheaders\nset datafile missing NaN\n"
      "curve(k, column_name) = column(\"curve\") == k ? column(column_name) : NaN\n\n"
      "set border 3 lc rgb \"#404040\"\nset grid lt 1 lc rgb \"#DDDDDD\" lw 0.8\nset tics nomirror\n"
      "set lmargin at screen {:.3f}\nset rmargin at screen {:.3f}\n"
      "set bmargin at screen {:.3f}\nset tmargin at screen {:.3f}\n\n",
      layout.left, layout.right, layout.bottom, layout.top);
  text +=
      "do for [format in \"svg png\"] {\n"
      "if (format eq \"svg\") {\n"
      "  # 96 pixels an inch, as in the PNG: 1 pt is 1.33 px.\n"
      "  set terminal svg size width_px,height_px noenhanced font sprintf(\"%s,%d\", font, text_pt) fontscale 1.33 "
      "background \"white\"\n"
      "} else {\n"
      "  set terminal pngcairo size width_px,height_px noenhanced font sprintf(\"%s,%d\", font, text_pt)\n"
      "}\n";
  text += fmt::format(
      "set output \"{}.\".format\nunset label\n"
      "set key at screen {:.3f},{:.3f} left top Left reverse noautotitle samplen 3 spacing 1.35\n",
      frame.name, layout.right + 0.015, layout.top + 0.01);
  int label = 1;
  double y = 0.965;
  for (const std::string& line : wrapped(frame.title, kTitleColumns)) {
    text += fmt::format("set label {} {} at screen 0.02,{:.3f} left font sprintf(\"%s:Bold,%d\", font, title_pt)\n",
                        label++, gnuplot_string(line), y);
    y -= kTitleLine;
  }
  const std::vector<std::string> caption = caption_lines(frame);
  y = 0.025 + kCaptionLine * static_cast<double>(caption.size() - 1);
  for (const std::string& line : caption) {
    text += fmt::format(
        "set label {} {} at screen 0.02,{:.3f} left font sprintf(\"%s,%d\", font, caption_pt) tc rgb \"#404040\"\n",
        label++, gnuplot_string(line), y);
    y -= kCaptionLine;
  }
  return text;
}

std::string legend_script(const std::vector<std::string>& entries, const Layout& place, bool is_horizontal) {
  return fmt::format(
      "set lmargin at screen {:.3f}\nset rmargin at screen {:.3f}\nset bmargin at screen {:.3f}\nset tmargin at screen "
      "{:.3f}\n"
      "unset border\nunset tics\nunset xlabel\nunset ylabel\nunset logscale\n"
      "set key inside left top {} Left reverse noautotitle samplen 3 spacing 1.35\n"
      "plot [0:1][0:1] 2, \\\n     {}\n"
      "unset label\nunset key\nset border 3\nset tics nomirror\n",
      place.left, place.right, place.bottom, place.top, is_horizontal ? "horizontal" : "vertical",
      fmt::join(entries, ", \\\n     "));
}

std::string script_closing() { return "}\nunset output\n"; }

std::string script_axis(char axis, const Axis& description) {
  std::string text = fmt::format("set {0}label {1}\nunset logscale {0}\nset {0}range [{2:.6g}:{3:.6g}]\n{4}", axis,
                                 gnuplot_string(description.label), description.low, description.high,
                                 description.is_logarithmic ? fmt::format("set logscale {}\n", axis) : "");
  if (description.ticks.empty()) return text + fmt::format("set {}tics nomirror autofreq\n", axis);
  std::vector<std::string> ticks;
  for (const auto& [at, name] : description.ticks) ticks.push_back(fmt::format("{} {:.6g}", gnuplot_string(name), at));
  return text + fmt::format("set {}tics nomirror ({})\n", axis, fmt::join(ticks, ", "));
}

Axis value_axis(std::string label, double low, double high, std::string_view unit, std::size_t most_ticks) {
  Axis axis{.label = std::move(label)};
  axis.is_logarithmic = low > 0 && high / low >= 4;
  if (!axis.is_logarithmic) {
    axis.low = std::min(0.0, low * 1.05);
    axis.high = high > 0 ? high * 1.08 : 1;
    // Five or so round steps.
    const double rough = (axis.high - axis.low) / 5;
    const double decade = std::pow(10.0, std::floor(std::log10(rough)));
    const double step = decade * (rough / decade < 1.5 ? 1 : rough / decade < 3 ? 2 : rough / decade < 7 ? 5 : 10);
    for (double k = std::ceil(axis.low / step); k * step <= axis.high; ++k)
      axis.ticks.emplace_back(k * step, tick_text(k * step, unit, unit == "s" || unit == "B" ? axis.high : step));
    return axis;
  }
  axis.low = low / 1.25;
  axis.high = high * 1.25;
  // 1, 2, 5 in a decade while that leaves room, else decades only, else every second, third, ... decade.
  for (int apart = 0;; ++apart) {
    axis.ticks.clear();
    for (int decade = static_cast<int>(std::floor(std::log10(axis.low))); decade <= std::log10(axis.high); ++decade) {
      if (apart > 1 && decade % apart != 0) continue;
      for (const double digit : apart == 0 ? std::vector{1.0, 2.0, 5.0} : std::vector{1.0}) {
        const double at = digit * std::pow(10.0, decade);
        if (at >= axis.low && at <= axis.high) axis.ticks.emplace_back(at, tick_text(at, unit, at));
      }
    }
    if (axis.ticks.size() <= most_ticks) return axis;
  }
}

std::string axis_label(std::string_view column) {
  const std::string_view unit = field_unit(column);
  // Ticks of seconds and bytes carry the unit, with the prefix that suits them.
  return unit.empty() || unit == "s" || unit == "B" ? field_title(column)
                                                    : fmt::format("{} ({})", field_title(column), unit);
}

std::string scaling_kind(const Plan& plan) {
  std::set<std::size_t> global, per_worker;
  bool is_swept = false;
  for (const Point& point : plan.points) {
    for (const auto& [key, value] : point.factors) is_swept = is_swept || key.starts_with("workload.batch");
    const BatchSpec& batch = point.scenario.workload.batch;
    if (batch.global != 0) global.insert(batch.global);
    if (batch.per_worker != 0) per_worker.insert(batch.per_worker);
  }
  if (!global.empty() && !per_worker.empty()) return "strong and weak scaling, see the batch sizes";
  // A table of measurements may have a batch of its own in every row: nothing scales there.
  if (global.size() > 1 && !is_swept)
    return fmt::format("the batch differs by point, global {}", fmt::join(global, ", "));
  if (!global.empty()) return fmt::format("strong scaling, global batch {}", fmt::join(global, ", "));
  if (!per_worker.empty()) return fmt::format("weak scaling, batch {} a worker", fmt::join(per_worker, ", "));
  return "batch not stated";
}

std::string network_models(const std::vector<RunResult>& results) {
  std::set<std::string> models;
  for (const RunResult& result : results) {
    if (result.failure.empty() && !result.network_model.empty()) models.insert(result.network_model);
  }
  return models.empty() ? std::string() : fmt::format("; simulated network: {}", fmt::join(models, ", "));
}

std::string not_plotted(const Plan& plan, const std::vector<RunResult>& results) {
  std::vector<std::string> skipped, failed, parts;
  for (const Point& point : plan.points) {
    if (point.skipped) skipped.push_back(factors_text(point.factors, point.scenario.strategy.name));
  }
  for (const RunResult& result : results) {
    if (!result.failure.empty()) failed.push_back(factors_text(result.factors, result.strategy_label));
  }
  if (!skipped.empty()) parts.push_back(counted("skipped point", skipped));
  if (!failed.empty()) parts.push_back(counted("failed run", failed));
  return parts.empty() ? std::string() : fmt::format("Not plotted: {}.", fmt::join(parts, ", "));
}

std::string run_counts(const std::vector<Series>& all) {
  std::map<std::string, std::set<std::size_t>> counts_of_world;
  std::set<std::size_t> counts;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      counts_of_world[series.world].insert(point.runs.size());
      counts.insert(point.runs.size());
    }
  }
  const auto range = [](const std::set<std::size_t>& of) {
    return of.size() == 1 ? fmt::format("{}", *of.begin()) : fmt::format("{} to {}", *of.begin(), *of.rbegin());
  };
  if (counts.size() == 1) return fmt::format("n = {} run{} a point", *counts.begin(), *counts.begin() == 1 ? "" : "s");
  std::vector<std::string> parts;
  for (const auto& [world, of] : counts_of_world) parts.push_back(fmt::format("{} ({})", range(of), world));
  return fmt::format("n = {} runs a point", fmt::join(parts, ", "));
}

std::string curve_style(const Series& series) {
  return fmt::format("lc rgb colour_{} dt {} lw line_width", series.colour + 1,
                     is_prediction(series.world) ? "simulated" : "measured");
}

std::string point_style(const Series& series) { return fmt::format("pt {} ps point_size", point_type(series.world)); }

std::vector<std::string> legend_entries(const std::vector<Series>& all) {
  std::vector<std::string> entries;
  std::set<std::size_t> seen;
  for (const Series& series : all) {
    if (!seen.insert(series.colour).second) continue;
    entries.push_back(
        fmt::format("keyentry with lines lc rgb colour_{0} lw line_width title label_{0}", series.colour + 1));
  }
  for (const std::string& world : worlds_of(all)) {
    const Series like{.label = {}, .world = world};
    entries.push_back(fmt::format("keyentry with linespoints lc rgb \"#404040\" dt {} lw 1.5 {} title \"{} ({})\"",
                                  is_prediction(world) ? "simulated" : "measured", point_style(like), world,
                                  is_prediction(world) ? "simulated" : "measured"));
  }
  return entries;
}

std::size_t legend_width(const std::vector<Series>& all) {
  std::size_t width = 0;
  for (const Series& series : all) width = std::max({width, series.label.size(), series.world.size() + 12});
  return width;
}

}  // namespace tandem
