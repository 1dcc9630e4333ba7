// How training goes: loss (or a validation measure) against steps beside the same against seconds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "app/report/figure.h"
#include "app/report/target.h"
#include "app/store/columns.h"
#include "app/store/csv.h"
#include "app/store/target.h"

namespace tandem {
namespace {

constexpr const char* kTargetStyle = "lw 1.5 lc rgb \"#888888\"";
constexpr std::size_t kMostPoints = 400;  ///< of a curve: more are not seen
constexpr std::size_t kMarks = 36;        ///< of all curves together: there is room for so many side by side
constexpr std::size_t kMostMarks = 10, kFewestMarks = 4;  ///< of a curve

struct Sample {
  double step;  ///< global batches of samples seen so far
  double time_s;
  double value;
};

/// Rows in order of time. Asynchronous workers are at different steps at the same time, so what they have done together
/// is counted in samples; for synchronous strategies that is the step itself.
std::vector<Sample> samples_of(const RunResult& run, std::string_view y) {
  std::vector<StepResult> rows = run.step_rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const StepResult& a, const StepResult& b) { return a.time_s < b.time_s; });
  const double global_batch =
      static_cast<double>(run.samples) / static_cast<double>(std::max<std::size_t>(run.steps, 1));
  std::vector<Sample> samples;
  double seen = 0;
  for (const StepResult& row : rows) {
    seen += static_cast<double>(row.samples);
    const double value = step_value(row, y);
    if (std::isfinite(value)) samples.push_back({global_batch > 0 ? seen / global_batch : 0, row.time_s, value});
  }
  return samples;
}

bool is_asynchronous(const RunResult& run) { return !run.step_rows.empty() && run.step_rows.front().worker >= 0; }

/// Successive values jump by more than a fiftieth of the whole range.
bool is_noisy(const std::vector<Sample>& samples) {
  if (samples.size() < 20) return false;
  double low = INFINITY, high = -INFINITY;
  std::vector<double> jumps;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    jumps.push_back(std::abs(samples[i].value - samples[i - 1].value));
    low = std::min(low, samples[i].value);
    high = std::max(high, samples[i].value);
  }
  return spread_of(jumps).median > (high - low) / 50;
}

/// Mean of the samples of the last `window` steps, then at most kMostPoints of them.
std::vector<Sample> smoothed(const std::vector<Sample>& samples, double window) {
  std::vector<Sample> means;
  const std::size_t every = (samples.size() + kMostPoints - 1) / kMostPoints;
  double sum = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    sum += samples[i].value;
    for (; window > 0 && samples[first].step <= samples[i].step - window; ++first) sum -= samples[first].value;
    if (i % every == 0 || i + 1 == samples.size()) {
      const double mean = window > 0 ? sum / static_cast<double>(i + 1 - first) : samples[i].value;
      means.push_back({samples[i].step, samples[i].time_s, mean});
    }
  }
  return means;
}

struct Curve {
  const Series* series;
  const RunResult* run;
  std::vector<Sample> samples;
  bool is_cut = false;  ///< it diverged, and what came later is not drawn
};

/// A loss that has grown tenfold, or is no number any more, would hide all other curves.
void cut_where_diverged(Curve& curve, std::string_view y) {
  if (y == "validation_accuracy") return;
  const double most = 10 * curve.samples.front().value;
  const auto end =
      std::find_if(curve.samples.begin(), curve.samples.end(), [&](const Sample& s) { return s.value > most; });
  curve.is_cut = end != curve.samples.end() || has_diverged(*curve.run);
  curve.samples.erase(end, curve.samples.end());
}

std::string diverged_sentence(const std::vector<Curve>& curves) {
  std::vector<std::string> names;
  for (const Curve& curve : curves) {
    if (curve.is_cut) names.push_back(fmt::format("{} ({})", curve.series->label, curve.series->world));
  }
  return names.empty() ? std::string() : fmt::format("Diverged, cut off there: {}.", fmt::join(names, ", "));
}

std::vector<Curve> curves_of(const std::vector<Series>& all, std::string_view y) {
  std::vector<Curve> curves;
  for (const Series& series : all) {
    const RunResult* run = series.points.front().runs.front();
    std::vector<Sample> samples = samples_of(*run, y);
    if (samples.empty()) continue;
    curves.push_back({&series, run, std::move(samples)});
    cut_where_diverged(curves.back(), y);
  }
  return curves;
}

/// 0 where the curves are smooth; else a fortieth of the longest run, the same for every curve.
double smoothing_window(const std::vector<Curve>& curves, std::string_view y) {
  const bool is_needed = std::any_of(curves.begin(), curves.end(), [&](const Curve& curve) {
    return y == "train_loss" && (is_asynchronous(*curve.run) || is_noisy(curve.samples));
  });
  if (!is_needed) return 0;
  double steps = 0;
  for (const Curve& curve : curves) steps = std::max(steps, curve.samples.back().step);
  return std::max(1.0, std::ceil(steps / 40));
}

struct Panel {
  std::string column, label;
  bool is_logarithmic;
};

/// Simulated and measured clocks may lie orders of magnitude apart.
Panel time_panel(const std::vector<Curve>& curves) {
  double shortest = INFINITY, longest = 0;
  for (const Curve& curve : curves) {
    shortest = std::min(shortest, curve.samples.back().time_s);
    longest = std::max(longest, curve.samples.back().time_s);
  }
  return {"time_s", "time", shortest > 0 && longest / shortest > 30};
}

Axis panel_axis(const Panel& panel, const std::vector<Curve>& curves) {
  double low = INFINITY, high = 0;
  for (const Curve& curve : curves) {
    for (const Sample& sample : curve.samples) {
      const double x = panel.column == "step" ? sample.step : sample.time_s;
      if (x > 0) low = std::min(low, x);
      high = std::max(high, x);
    }
  }
  return value_axis(panel.label, panel.is_logarithmic ? low : 0, high, panel.column == "step" ? "" : "s", 6);
}

Axis loss_axis(const std::vector<Curve>& curves, std::string_view y) {
  double low = INFINITY, high = -INFINITY;
  for (const Curve& curve : curves) {
    for (const Sample& sample : curve.samples) {
      low = std::min(low, sample.value);
      high = std::max(high, sample.value);
    }
  }
  const std::string label = axis_label(y);
  if (low > 0 && high / low > 10) return value_axis(label, low, high, "");
  const double room = std::max(0.05 * (high - low), 1e-3);
  return {.label = label, .low = low - room, .high = high + room};
}

/// Whether curve k has its world's point at sample i. Curves take turns, so that the points of those that coincide
/// stand side by side.
bool is_marked(std::size_t i, std::size_t k, const std::vector<Curve>& curves) {
  const std::size_t marks = std::clamp(kMarks / curves.size(), kFewestMarks, kMostMarks);
  const std::size_t samples = curves[k].samples.size();
  const std::size_t turns = std::min(curves.size(), samples / kFewestMarks);
  const std::size_t interval = std::max({std::size_t{1}, turns, samples / marks});
  return i % interval == k * interval / curves.size();
}

std::string table_of(const std::vector<Curve>& curves, std::string_view y) {
  std::string csv = fmt::format("curve,series,world,workers,step,time_s,{},marked\n", y);
  for (std::size_t k = 0; k < curves.size(); ++k) {
    for (std::size_t i = 0; i < curves[k].samples.size(); ++i) {
      const Sample& sample = curves[k].samples[i];
      csv += csv_line({fmt::format("{}", k + 1), curves[k].series->label, curves[k].series->world,
                       fmt::format("{}", curves[k].run->workers), exact_text(sample.step), exact_text(sample.time_s),
                       exact_text(sample.value), is_marked(i, k, curves) ? "1" : "0"});
    }
  }
  return csv;
}

/// `rim`: how much wider than the next a measured curve is drawn, so that those below show. Dashes would fall apart.
std::string panel_script(const std::string& name, const std::vector<Curve>& curves, const Panel& panel,
                         std::string_view y, double rim, std::optional<double> target) {
  std::vector<std::string> plots;
  if (target) plots.push_back(fmt::format("{:.17g} with lines {}", *target, kTargetStyle));
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const double extra = is_prediction(curves[k].series->world)
                             ? 0
                             : rim * static_cast<double>(curves.back().series->colour - curves[k].series->colour);
    plots.push_back(fmt::format("\"{}.csv\" using (curve({}, \"{}\")):\"{}\" with lines {} + {:g}", name, k + 1,
                                panel.column, y, curve_style(*curves[k].series), extra));
  }
  // Above all lines.
  for (std::size_t k = 0; k < curves.size(); ++k) {
    plots.push_back(fmt::format("\"{}.csv\" using (mark({}, \"{}\")):\"{}\" with points lc rgb colour_{} lw 1.5 {}",
                                name, k + 1, panel.column, y, curves[k].series->colour + 1,
                                point_style(*curves[k].series)));
  }
  return fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
}

/// Whether b runs within 1 % of the whole range from a, at every step.
bool coincide(const Curve& a, const Curve& b, double range) {
  return std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [&](const Sample& p, const Sample& q) {
                      return p.step == q.step && std::abs(p.value - q.value) <= 0.01 * range;
                    });
}

/// Who hides behind whom, for the caption: "Against steps these coincide: a (sim), b (sim)."
std::string coincidence_sentence(const std::vector<Curve>& curves) {
  double low = INFINITY, high = -INFINITY;
  for (const Curve& curve : curves) {
    for (const Sample& sample : curve.samples) {
      low = std::min(low, sample.value);
      high = std::max(high, sample.value);
    }
  }
  std::vector<std::string> groups;
  std::vector<bool> is_named(curves.size(), false);
  for (std::size_t i = 0; i < curves.size(); ++i) {
    std::vector<std::string> names;
    for (std::size_t j = i; j < curves.size() && !is_named[i]; ++j) {
      if (is_named[j] || !coincide(curves[i], curves[j], high - low)) continue;
      names.push_back(fmt::format("{} ({})", curves[j].series->label, curves[j].series->world));
      is_named[j] = j > i;
    }
    if (names.size() > 1) groups.push_back(fmt::format("{}", fmt::join(names, ", ")));
  }
  if (groups.empty()) return {};
  return fmt::format("Against steps these coincide: {}.", fmt::join(groups, "; and these: "));
}

std::string workers_sentence(const std::vector<Curve>& curves) {
  std::set<int> workers;
  for (const Curve& curve : curves) workers.insert(curve.run->workers);
  if (workers.size() == 1) return fmt::format("{} worker{}", *workers.begin(), *workers.begin() == 1 ? "" : "s");
  std::vector<std::string> parts;
  for (const Curve& curve : curves) {
    const std::string part = fmt::format("{} {}", curve.series->label, curve.run->workers);
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
  }
  return fmt::format("the most workers each ran with ({})", fmt::join(parts, ", "));
}

}  // namespace

Figure loss_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                   const std::vector<RunResult>& results) {
  const std::string y = spec.y.empty() ? "train_loss" : spec.y;
  const std::vector<Series> all = largest_only(series_over(results, "workers", spec.series));
  std::vector<Curve> curves = curves_of(all, y);
  if (curves.empty()) return {.note = fmt::format("figure {}: no run recorded {} by step", name, y)};

  const double window = smoothing_window(curves, y);
  for (Curve& curve : curves) curve.samples = smoothed(curve.samples, window);
  std::vector<Series> drawn;
  for (const Curve& curve : curves) drawn.push_back(*curve.series);

  const std::string coincidence = coincidence_sentence(curves);
  Frame frame{
      .name = name, .about = fmt::format("{} against steps and seconds", field_title(y)), .title = plan.question};
  frame.labels = labels_of(all);
  frame.caption = {
      fmt::format("{}: {}{}.", plan.name, scaling_kind(plan), network_models(results)),
      fmt::format("Of each strategy in each world the first run with {}.", workers_sentence(curves)),
      window > 0
          ? fmt::format("Running mean over {:g} step{}. A step is one global batch of samples, by whichever worker.",
                        window, window == 1 ? "" : "s")
          : std::string("A step is one global batch of samples."),
      coincidence,
      diverged_sentence(curves),
      fmt::format("{}", fmt::join(target_sentences(plan, y, spec.series, results), " ")),
      not_plotted(plan, results)};

  std::vector<Panel> panels = {{"step", "step", false}, time_panel(curves)};
  if (spec.x == "step") panels.pop_back();
  if (spec.x == "time_s") panels.erase(panels.begin());
  const Layout layout = layout_of(frame);
  const std::optional<double> target = target_of(plan, y);
  std::vector<std::string> legend = legend_entries(drawn);
  if (target) legend.push_back(fmt::format("keyentry with lines {} title \"target {:g}\"", kTargetStyle, *target));
  const double columns = std::max(1.0, std::floor(880 / (80 + 8.3 * static_cast<double>(legend_width(drawn)))));
  const double rows = std::ceil(static_cast<double>(legend.size()) / columns);
  const double legend_bottom = layout.top - 0.048 * rows;
  const double gap = 0.085;
  const double width =
      (layout.right - layout.left - gap * static_cast<double>(panels.size() - 1)) / static_cast<double>(panels.size());
  std::string script = script_opening(frame) +
                       "mark(k, column_name) = column(\"marked\") == 1 ? curve(k, column_name) : NaN\nset multiplot\n" +
                       legend_script(legend, {0, 1, legend_bottom, layout.top + 0.02}, true);
  script += fmt::format("set bmargin at screen {:.3f}\nset tmargin at screen {:.3f}\n", layout.bottom, legend_bottom);
  for (std::size_t p = 0; p < panels.size(); ++p) {
    const double left = layout.left + static_cast<double>(p) * (width + gap);
    Axis loss = loss_axis(curves, y);
    if (p > 0) loss.label.clear();
    script += fmt::format("set lmargin at screen {:.3f}\nset rmargin at screen {:.3f}\n", left, left + width);
    script += script_axis('x', panel_axis(panels[p], curves)) + script_axis('y', loss);
    script +=
        panel_script(name, curves, panels[p], y, coincidence.empty() || panels[p].column != "step" ? 0 : 1.5, target);
  }
  return {.data = table_of(curves, y), .script = script + "unset multiplot\n" + script_closing()};
}

}  // namespace tandem
