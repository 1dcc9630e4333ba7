#include "app/commands/report.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/commands/command.h"
#include "app/report/paper.h"
#include "app/report/table.h"
#include "app/report/terminal_plot.h"
#include "app/scenario/loader.h"
#include "app/store/provenance.h"
#include "app/store/results_format.h"
#include "app/store/run_folder.h"
#include "app/store/whole_file.h"
#include "core/config/json_mistake.h"
#include "core/errors.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
constexpr const char* kRecord = "study.json";

Json read_json(const fs::path& path) {
  if (!fs::exists(path))
    throw UsageError(fmt::format("{}: cannot be read; a study that `tandem run` finished has one", path.string()));
  return parse_json_text(read_whole_file(path), path.string());
}

/// Runs are ordered by number: "12-ps-sync-..." comes after "3-...".
std::vector<fs::path> run_folders(const fs::path& directory) {
  if (fs::exists(directory / "run.json")) return {directory};
  std::vector<std::pair<long, fs::path>> numbered;
  if (fs::is_directory(directory / "runs")) {
    for (const auto& run : fs::directory_iterator(directory / "runs")) {
      if (fs::exists(run.path() / "run.json"))
        numbered.emplace_back(std::strtol(run.path().filename().c_str(), nullptr, 10), run.path());
    }
  }
  std::sort(numbered.begin(), numbered.end());
  std::vector<fs::path> folders;
  for (const auto& [number, path] : numbered) folders.push_back(path);
  return folders;
}

struct Restored {
  Plan plan;
  StudyRecord record;
  std::vector<RunResult> results;
};

/// The scenario of a run, from its record.
Point point_of(const fs::path& folder, const RunResult& result) {
  const fs::path path = folder / "run.json";
  const Json run = read_json(path);
  if (!run.contains("scenario")) refuse_json(path.string(), {}, "\"scenario\" is missing");
  Point point = parse_plan(run.at("scenario").dump(), path.string(), {}).points.front();
  point.factors = result.factors;
  return point;
}

Restored restore_from(const Json& json, const fs::path& record) {
  const fs::path directory = record.parent_path();
  try {
    results_format(json);
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", record.string(), error.what()));
  }
  Restored study;
  study.record = {json.at("file"), json.at("scenario"), json.at("overrides")};
  for (const Json& figure : json.at("figures"))
    study.plan.figures.push_back({figure.at("figure"), figure.at("options")});
  for (const fs::path& folder : run_folders(directory)) {
    study.results.push_back(read_run(folder));
    if (study.results.back().repeat == 0) study.plan.points.push_back(point_of(folder, study.results.back()));
  }
  if (study.plan.points.empty()) throw UsageError(fmt::format("{}: holds no run", directory.string()));
  for (const Json& skipped : json.at("skipped")) {
    Point point;
    point.scenario.strategy.name = skipped.at("strategy");
    point.factors = skipped.at("factors");
    point.skipped = skipped.at("reason").get<std::string>();
    study.plan.points.push_back(std::move(point));
  }
  study.plan.replaced = json.value("replaced", "");
  study.plan.file = study.record.file;
  study.plan.name = study.plan.points.front().scenario.name;
  study.plan.question = study.plan.points.front().scenario.question;
  return study;
}

Restored restore(const fs::path& directory) {
  const fs::path record = directory / kRecord;
  const Json json = read_json(record);
  try {
    return restore_from(json, record);
  } catch (const Json::exception& error) {
    refuse_json(record.string(), {}, "is not the record of a study: " + in_plain_words(error));
  }
}

PaperOptions paper_options(const ReportOptions& options) {
  PaperOptions paper{.figure = options.figure};
  if (options.x_range) paper.x = parse_axis_range(*options.x_range, "--x-range");
  if (options.y_range) paper.y = parse_axis_range(*options.y_range, "--y-range");
  return paper;
}

void draw_for_paper(const PaperOptions& paper, const fs::path& folder, StudyReport& report) {
  const FigureReport drawn = draw_charts(charts_for_paper(report.charts, paper), folder, {"pdf"});
  report.files.insert(report.files.end(), drawn.files.begin(), drawn.files.end());
  for (const std::string& note : drawn.notes) {
    if (std::find(report.notes.begin(), report.notes.end(), note) == report.notes.end()) report.notes.push_back(note);
  }
}

}  // namespace

StudyRecord record_of(const ScenarioOptions& options) {
  return {options.file, options.text ? *options.text : read_whole_file(options.file), options.overrides};
}

void write_study_record(const fs::path& directory, const StudyRecord& record, const Plan& plan) {
  Json json = {{"format", kResultsFormat},   {"file", record.file},      {"overrides", record.overrides},
               {"figures", Json::array()},   {"skipped", Json::array()}, {"replaced", plan.replaced},
               {"scenario", record.scenario}};
  for (const FigureSpec& figure : plan.figures)
    json["figures"].push_back({{"figure", figure.figure}, {"options", figure.options}});
  for (const Point& point : plan.points) {
    if (point.skipped)
      json["skipped"].push_back(
          {{"strategy", point.scenario.strategy.name}, {"factors", point.factors}, {"reason", *point.skipped}});
  }
  write_whole_file(directory / kRecord, text_of(json) + "\n");
}

Reproduction reproduction_of(const StudyRecord& record) {
  std::string command = fmt::format("./tandem run {}", record.file);
  for (const std::string& override : record.overrides) command += fmt::format(" -s '{}'", override);
  return {.commands = {command}, .program = provenance(), .scenario = record.scenario};
}

void print_plots(const std::vector<NamedChart>& charts, const TableStyle& style) {
  for (const auto& [name, chart] : charts) {
    if (chart.nothing.empty()) fmt::print("\n{}: {}\n{}", name, chart.about, terminal_plot(chart, style.columns));
  }
}

void add_report(CLI::App& app, ReportOptions& options) {
  CLI::App* report = app.add_subcommand("report", "Draw a finished study again: figures, answer and report.html");
  report->add_option("directory", options.directory, "The study's folder, such as results/NAME")
      ->required()
      ->check(CLI::ExistingDirectory);
  report->add_flag("--plot", options.plot, "Print the figures here, too, in characters");
  CLI::Option* paper = report->add_flag(
      "--paper", options.paper, "Draw the figures as PDF, too, without title and caption, in the study's folder paper");
  report->add_option("--figure", options.figure, "With --paper: only this one, such as scaling")->needs(paper);
  report->add_option("--x-range", options.x_range, "With --paper: LOW:HIGH of the figure's x axes")->needs(paper);
  report->add_option("--y-range", options.y_range, "With --paper: LOW:HIGH of the figure's y axes")->needs(paper);
}

int report_command(const ReportOptions& options) {
  const PaperOptions paper = paper_options(options);
  const Restored study = restore(options.directory);
  StudyReport report = write_study_report(study.plan, study.results, options.directory, reproduction_of(study.record),
                                          study.record.overrides);
  if (options.paper) draw_for_paper(paper, options.directory / "paper", report);
  const TableStyle style = style_of_output();
  fmt::print("{}", answer_text(study.plan, report.facts, study.results, report.files, report.notes, style));
  if (options.plot) print_plots(report.charts, style);
  return 0;
}

}  // namespace tandem
