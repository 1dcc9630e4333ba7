#include "app/report/study_report.h"

#include <algorithm>

#include "app/report/study_facts.h"
#include "app/report/table.h"
#include "app/store/whole_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// The timeline of the study, or those of its runs in their order.
std::vector<fs::path> timelines_in(const fs::path& directory) {
  std::vector<fs::path> found;
  if (fs::exists(directory / "timeline.json")) found.push_back(directory / "timeline.json");
  if (fs::is_directory(directory / "runs")) {
    for (const auto& run : fs::directory_iterator(directory / "runs")) {
      if (fs::exists(run.path() / "timeline.json")) found.push_back(run.path() / "timeline.json");
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

StudyReport write_study_report(const Plan& plan, const std::vector<RunResult>& results, const fs::path& directory,
                               const Reproduction& reproduction, const std::vector<std::string>& overrides) {
  StudyReport report{.facts = study_facts(plan, results)};
  report.charts = charts_of(report.facts, results);
  FigureReport figures = draw_charts(report.charts, directory / "figures");
  report.notes = std::move(figures.notes);
  const PageContent content{.facts = report.facts,
                            .results = results,
                            .charts = report.charts,
                            .answers = all_answers(report.facts, results),
                            .not_run = not_run(plan, results),
                            .notes = report.notes,
                            .inputs = inputs_of(plan, reproduction.scenario, overrides),
                            .reproduction = reproduction,
                            .timelines = timelines_in(directory)};
  const fs::path page = directory / "report.html";
  write_whole_file(page, report_page(content));
  report.files.push_back(page);
  report.files.insert(report.files.end(), figures.files.begin(), figures.files.end());
  return report;
}

}  // namespace tandem
