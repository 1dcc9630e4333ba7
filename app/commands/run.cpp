#include "app/commands/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "app/report/csv.h"
#include "app/report/figures.h"
#include "app/report/progress.h"
#include "app/report/table.h"
#include "app/report/writer.h"
#include "app/run/prepare.h"
#include "app/run/run_all.h"
#include "app/scenario/loader.h"

namespace tandem {
namespace {

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string label_of(const Run& run) {
  return fmt::format("{}, {}, {} workers", strategy_label(run.scenario.strategy), run.scenario.world,
                     run.scenario.cluster.workers);
}

Ran run_with_progress(const std::vector<Run>& runs, int jobs, Progress& progress) {
  std::size_t finished = 0;
  progress.start(runs.size());
  const RunEvents events{.started = [&](const Run& run) { progress.begin(label_of(run)); },
                         .finished =
                             [&](const Run& run, const RunResult& result) {
                               progress.finished(finished++, label_of(run), result.wall_s);
                               if (!result.failure.empty())
                                 progress.note(fmt::format("{}: {}", label_of(run), result.failure));
                             },
                         .tick = [&] { progress.tick(); }};
  Ran ran = run_all(runs, jobs, events);
  progress.end();
  return ran;
}

void print_json(const Plan& plan, const std::vector<RunResult>& results, const std::filesystem::path& directory) {
  nlohmann::ordered_json json = {{"name", plan.name},
                                 {"question", plan.question},
                                 {"directory", directory.string()},
                                 {"runs", nlohmann::json::array()},
                                 {"skipped", nlohmann::json::array()}};
  for (const RunResult& result : results) json["runs"].push_back(to_json(result));
  for (const Point& point : plan.points) {
    if (point.skipped)
      json["skipped"].push_back({{"strategy", strategy_label(point.scenario.strategy)},
                                 {"workers", point.scenario.cluster.workers},
                                 {"world", point.scenario.world},
                                 {"reason", *point.skipped}});
  }
  fmt::print("{}\n", text_of(json));
}

// The folder to write to, as its parent and its name: "-o runs/", "-o ." and "-o name" are all folders.
std::filesystem::path output_folder(const RunOptions& options, const std::string& name) {
  if (!options.directory) return options.base / name;
  std::filesystem::path folder = options.directory->lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder == "." || folder.filename() == "..") folder = std::filesystem::absolute(folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.has_filename()) return folder;
  throw UsageError(fmt::format("-o \"{}\": name a folder to write to", options.directory->string()));
}

// A plan with the skipped points marked, as the report wants it.
Plan with_refusals(Plan plan, const Prepared& prepared) {
  plan.points = prepared.points;
  return plan;
}

}  // namespace

int run_command(const RunOptions& options) {
  Plan plan = load_plan(options.file, options.overrides);
  Prepared prepared = prepare(plan);
  plan = with_refusals(std::move(plan), prepared);
  if (prepared.runs.empty())
    throw UsageError(fmt::format("{}: nothing to run\n{}", options.file, not_run_text(plan, {})));

  const std::filesystem::path wanted = output_folder(options, plan.name);
  const OutputDirectory output =
      choose_output_directory(wanted.parent_path(), wanted.filename().string(), options.force);
  place(prepared.runs, output.path);

  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  Progress progress(stderr, is_terminal, steady_now_s);
  if (!output.note.empty()) progress.note(output.note);
  const Ran ran = run_with_progress(prepared.runs, options.jobs, progress);

  std::vector<std::filesystem::path> files = {output.path / "runs.csv"};
  write_runs_csv(files[0], ran.results);
  const FigureReport figures = write_figures(plan, ran.results, output.path / "figures");
  files.insert(files.end(), figures.files.begin(), figures.files.end());

  if (options.json) {
    print_json(plan, ran.results, output.path);
  } else {
    const TableStyle style{.colour = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr};
    fmt::print("{}", answer_text(plan, ran.results, files, figures.notes, style));
  }
  if (ran.interrupted_by != 0) {
    fmt::print(stderr, "tandem: interrupted; {} of {} runs were finished and are in {}\n", ran.results.size(),
               prepared.runs.size(), output.path.string());
  }
  return exit_code_of(ran);
}

}  // namespace tandem
