#include "app/report/draw.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/report/chart_table.h"
#include "app/report/gnuplot.h"
#include "app/report/gnuplot_chart.h"
#include "app/store/whole_file.h"

namespace tandem {

std::vector<NamedChart> charts_of(const StudyFacts& facts, const std::vector<RunResult>& results) {
  std::vector<NamedChart> charts;
  std::set<std::string> names;
  for (const FigureSpec& spec : facts.figures) {
    const FigureKind* kind = figure_kinds().find(spec.figure);
    const std::string wanted = kind == nullptr || kind->file_name == nullptr ? spec.figure : kind->file_name(spec);
    std::string name = wanted;
    for (int copy = 2; !names.insert(name).second; ++copy) name = fmt::format("{}-{}", wanted, copy);
    charts.push_back({name, kind == nullptr ? Chart{.nothing = "there is no such kind of figure"}
                                            : kind->draw(spec, facts, results)});
  }
  return charts;
}

FigureReport draw_charts(const std::vector<NamedChart>& charts, const std::filesystem::path& folder,
                         const std::vector<std::string>& formats) {
  FigureReport report;
  for (const auto& [name, chart] : charts) {
    if (!chart.nothing.empty()) {
      report.notes.push_back(fmt::format("figure {}: {}", name, chart.nothing));
      continue;
    }
    const auto file = [&folder, stem = name](const std::string& ending) { return folder / (stem + ending); };
    write_whole_file(file(".csv"), chart_csv(chart));
    write_whole_file(file(".gp"), gnuplot_script(chart, name, formats));
    // If gnuplot fails, a file of an earlier study must not be taken for this one's.
    for (const std::string& format : formats) std::filesystem::remove(file("." + format));
    const std::string trouble = run_gnuplot(file(".gp"));
    if (!trouble.empty() && std::find(report.notes.begin(), report.notes.end(), trouble) == report.notes.end()) {
      report.notes.push_back(trouble);
    }
    for (const std::string& format : formats) {
      if (std::filesystem::exists(file("." + format))) report.files.push_back(file("." + format));
    }
    for (const char* ending : {".gp", ".csv"}) report.files.push_back(file(ending));
  }
  return report;
}

}  // namespace tandem
