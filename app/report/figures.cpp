#include "app/report/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/report/figure.h"
#include "app/report/gnuplot.h"
#include "app/store/columns.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

Figure make_figure(const FigureSpec& spec, const std::string& name, const Plan& plan,
                   const std::vector<RunResult>& results) {
  if (spec.figure == "scaling") return scaling_figure(spec, name, plan, results);
  if (spec.figure == "breakdown") return breakdown_figure(spec, name, plan, results);
  if (spec.figure == "loss") return loss_figure(spec, name, plan, results);
  if (spec.figure == "staleness") return staleness_figure(spec, name, plan, results);
  if (spec.figure == "comparison") return comparison_figure(spec, name, plan, results);
  return {.note = fmt::format("figure {}: there are scaling, breakdown, loss, staleness and comparison", spec.figure)};
}

/// The figure's kind; where other columns than the usual are drawn, they name it: step_s-by-microbatches.
std::string name_of(const FigureSpec& spec) {
  const std::string_view x = canonical_column(spec.x), y = canonical_column(spec.y);
  if (spec.figure == "scaling" && ((!x.empty() && x != "workers") || (!y.empty() && y != "samples_per_s"))) {
    return fmt::format("{}-by-{}", y.empty() ? "samples_per_s" : y, x.empty() ? "workers" : x.substr(x.rfind('.') + 1));
  }
  return spec.figure == "loss" && !y.empty() && y != "train_loss" ? std::string(y) : spec.figure;
}

}  // namespace

FigureReport write_figures(const Plan& plan, const std::vector<RunResult>& results,
                           const std::filesystem::path& folder) {
  FigureReport report;
  std::set<std::string> names;
  for (const FigureSpec& spec : plan.figures) {
    std::string name = name_of(spec);
    for (int copy = 2; !names.insert(name).second; ++copy) name = fmt::format("{}-{}", name_of(spec), copy);
    const Figure figure = make_figure(spec, name, plan, results);
    if (figure.data.empty()) {
      report.notes.push_back(figure.note);
      continue;
    }
    const auto file = [&](const char* ending) { return folder / (name + ending); };
    write_whole_file(file(".csv"), figure.data);
    write_whole_file(file(".gp"), figure.script);
    // What an earlier study left must not pass for this one's when gnuplot fails.
    std::filesystem::remove(file(".svg"));
    std::filesystem::remove(file(".png"));
    const std::string trouble = run_gnuplot(file(".gp"));
    if (!trouble.empty() && std::find(report.notes.begin(), report.notes.end(), trouble) == report.notes.end()) {
      report.notes.push_back(trouble);
    }
    for (const char* ending : {".svg", ".png", ".gp", ".csv"}) {
      if (std::filesystem::exists(file(ending))) report.files.push_back(file(ending));
    }
  }
  return report;
}

}  // namespace tandem
