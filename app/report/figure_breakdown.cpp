// Where a step's time goes: computing, communicating or idle, stacked; a bar a strategy, grouped by x, a panel a world.
// In seconds, or as shares of the step where steps differ too much in length for one axis.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "app/report/figure.h"
#include "app/report/gnuplot.h"
#include "app/store/columns.h"
#include "app/store/csv.h"

namespace tandem {
namespace {

struct Part {
  std::string_view name;
  double RunResult::*seconds;
  double shade;  ///< how full the strategy's colour is
};
constexpr std::array kParts = {Part{"compute", &RunResult::compute_s, 1.0},
                               Part{"communication", &RunResult::comm_s, 0.45}, Part{"idle", &RunResult::idle_s, 0.12}};

/// Means, not medians: only they add up to the mean step.
double seconds_a_step(const PointRuns& point, const Part& part) {
  double sum = 0;
  for (const RunResult* run : point.runs) sum += run->*part.seconds / static_cast<double>(run->steps);
  return sum / static_cast<double>(point.runs.size());
}

struct Bars {
  std::string csv = "panel,curve,part_number,series,world,x,part,seconds_a_step,left,right,lower,upper\n";
  std::vector<std::string> groups;  ///< texts of x
  std::vector<double> highest;      ///< of each panel
};

std::vector<std::string> groups_of(const std::vector<Series>& all) {
  std::vector<const PointRuns*> points;
  for (const Series& series : all) {
    for (const PointRuns& point : series.points) {
      const bool is_known =
          std::any_of(points.begin(), points.end(), [&](const PointRuns* p) { return p->x_text == point.x_text; });
      if (!is_known) points.push_back(&point);
    }
  }
  // Texts compare as NaN with everything and keep their order of appearance.
  std::stable_sort(points.begin(), points.end(), [](const PointRuns* a, const PointRuns* b) { return a->x < b->x; });
  std::vector<std::string> groups;
  for (const PointRuns* point : points) groups.push_back(point->x_text);
  return groups;
}

/// What the heights of a point's parts are divided by.
double whole_of(const PointRuns& point, bool as_shares) {
  if (!as_shares) return 1;
  double step_s = 0;
  for (const Part& part : kParts) step_s += seconds_a_step(point, part);
  return step_s > 0 ? step_s / 100 : 1;
}

Bars bars_of(const std::vector<Series>& all, const std::vector<std::string>& worlds, std::size_t labels,
             bool as_shares) {
  Bars bars{.groups = groups_of(all), .highest = std::vector<double>(worlds.size(), 0)};
  const double width = 0.84 / static_cast<double>(labels);
  for (const Series& series : all) {
    const auto panel = static_cast<std::size_t>(std::find(worlds.begin(), worlds.end(), series.world) - worlds.begin());
    for (const PointRuns& point : series.points) {
      const auto group = std::find(bars.groups.begin(), bars.groups.end(), point.x_text) - bars.groups.begin();
      const double left = static_cast<double>(group) - 0.42 + width * static_cast<double>(series.colour);
      const double whole = whole_of(point, as_shares);
      double height = 0;
      for (std::size_t p = 0; p < kParts.size(); ++p) {
        const double seconds = seconds_a_step(point, kParts[p]);
        bars.csv += csv_line(
            {fmt::format("{}", panel + 1), fmt::format("{}", series.colour + 1), fmt::format("{}", p + 1), series.label,
             series.world, point.x_text, std::string(kParts[p].name), exact_text(seconds), exact_text(left),
             exact_text(left + 0.9 * width), exact_text(height), exact_text(height + seconds / whole)});
        height += seconds / whole;
      }
      bars.highest[panel] = std::max(bars.highest[panel], height);
    }
  }
  return bars;
}

std::vector<std::string> legend(const std::vector<std::string>& labels) {
  std::vector<std::string> entries;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    entries.push_back(fmt::format("keyentry with boxes fs solid 1 noborder fc rgb colour_{0} title label_{0}", k + 1));
  }
  for (const Part& part : kParts) {
    entries.push_back(
        fmt::format("keyentry with boxes fs solid {} border lc rgb \"#404040\" fc rgb \"#404040\" title \"{}\"",
                    part.shade, part.name));
  }
  return entries;
}

std::string panel_script(const std::string& name, std::size_t panel, const std::vector<std::string>& labels) {
  std::vector<std::string> plots;
  for (std::size_t k = 1; k <= labels.size(); ++k) {
    for (std::size_t p = 0; p < kParts.size(); ++p) {
      plots.push_back(
          fmt::format("\"{}.csv\" using (bar({}, {}, {}, \"left\")):\"lower\":\"left\":\"right\":\"lower\":\"upper\" "
                      "with boxxyerror "
                      "fs solid {} border lc rgb colour_{} fc rgb colour_{}",
                      name, panel, k, p + 1, kParts[p].shade, k, k));
    }
  }
  return fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
}

}  // namespace

Figure breakdown_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                        const std::vector<RunResult>& results) {
  const std::string x(canonical_column(spec.x.empty() ? "workers" : spec.x));
  std::vector<Series> all = series_over(results, x, spec.series);
  for (Series& series : all) {
    std::erase_if(series.points, [](const PointRuns& p) { return p.runs.front()->steps == 0; });
  }
  std::erase_if(all, [](const Series& s) { return s.points.empty(); });
  if (all.empty()) return {.note = fmt::format("figure {}: no run with a step and {}", name, x)};

  const std::vector<std::string> labels = labels_of(all), worlds = worlds_of(all);
  const bool as_shares = spec.y == "share";
  const Bars bars = bars_of(all, worlds, labels.size(), as_shares);
  Frame frame{.name = name, .about = "Parts of a step spent computing, communicating and idle", .title = plan.question};
  frame.labels = labels;
  frame.legend_characters = std::max<std::size_t>(legend_width(all), 13);
  frame.caption = {fmt::format("{}: {}{}.", plan.name, scaling_kind(plan), network_models(results)),
                   fmt::format("Bars: means over ranks and runs; {}.", run_counts(all)), not_plotted(plan, results)};

  const Layout layout = layout_of(frame);
  const double gap = 0.1;
  // Half a gap above the first panel, for its world, and none below the last.
  const double panels = static_cast<double>(worlds.size());
  const double height = (layout.top - layout.bottom - gap * (panels - 0.5)) / panels;
  std::string script = script_opening(frame);
  script +=
      "bar(panel, k, part, column_name) = column(\"panel\") == panel && column(\"curve\") == k && "
      "column(\"part_number\") == part ? column(column_name) : NaN\nset multiplot\n";
  script += legend_script(legend(labels), {layout.right, 1, layout.bottom, layout.top + 0.02}, false);
  script += fmt::format("set lmargin at screen {:.3f}\nset rmargin at screen {:.3f}\n", layout.left, layout.right);
  for (std::size_t panel = 0; panel < worlds.size(); ++panel) {
    const bool is_last = panel + 1 == worlds.size();
    const double top = layout.top - gap / 2 - static_cast<double>(panel) * (height + gap);
    Axis groups{
        .label = is_last ? axis_label(x) : "", .low = -0.6, .high = static_cast<double>(bars.groups.size()) - 0.4};
    for (std::size_t g = 0; g < bars.groups.size(); ++g)
      groups.ticks.emplace_back(static_cast<double>(g), bars.groups[g]);
    const Axis heights = as_shares ? value_axis("share of the step time (%)", 0, 100, "")
                                   : value_axis("step time", 0, bars.highest[panel], "s");
    script += fmt::format("set tmargin at screen {:.3f}\nset bmargin at screen {:.3f}\n", top, top - height);
    script += fmt::format(
        "set label 90 {} at graph 0,1 offset 0,0.8 left font sprintf(\"%s:Bold,%d\", font, text_pt)\n",
        gnuplot_string(fmt::format("{} ({})", worlds[panel], is_prediction(worlds[panel]) ? "simulated" : "measured")));
    script += script_axis('x', groups) + script_axis('y', heights) + panel_script(name, panel + 1, labels);
  }
  return {.data = bars.csv, .script = script + "unset multiplot\n" + script_closing()};
}

}  // namespace tandem
