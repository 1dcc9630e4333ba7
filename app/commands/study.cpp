#include "app/commands/study.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "algorithms/strategies/strategy.h"
#include "app/report/progress.h"
#include "app/report/table.h"
#include "app/store/columns.h"
#include "app/store/journal.h"
#include "core/counted.h"
#include "core/errors.h"

namespace tandem {
namespace {

// The folder as a path with a parent and a name.
std::filesystem::path wanted_folder(const StudyOptions& options, const std::string& name) {
  if (!options.directory) return options.base / name;
  std::filesystem::path folder = options.directory->lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder == "." || folder.filename() == "..") folder = std::filesystem::absolute(folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.has_filename()) return folder;
  throw UsageError(fmt::format("-o \"{}\": name a folder to write to", options.directory->string()));
}

}  // namespace

Study prepare_study(Plan plan, const StudyOptions& options, const std::function<void(Prepared&)>& restrict) {
  Study study{.plan = std::move(plan)};
  study.prepared = prepare(study.plan);
  for (Run& run : study.prepared.runs) run.mpirun = options.mpirun;
  if (restrict) restrict(study.prepared);
  study.plan.points = study.prepared.points;
  study.plan.replaced = study.prepared.replaced;
  if (study.prepared.runs.empty())
    throw UsageError(fmt::format("{}: nothing to run\n{}", study.plan.file, not_run_text(study.plan, {})));
  return study;
}

void open_folder(Study& study, const StudyOptions& options, const std::string& name, const std::string& identity) {
  const std::filesystem::path wanted = wanted_folder(options, name);
  study.folder = open_study_folder(wanted.parent_path(), wanted.filename().string(), options.force, identity);
  place(study.prepared.runs, study.folder.path());
}

std::string label_of(const Run& run) {
  std::string label = fmt::format("{}, {}, {}", strategy_label(run.scenario.strategy), run.scenario.world,
                                  counted(run.scenario.cluster.workers, "worker"));
  for (const auto& [key, value] : run.factors) {
    if (find_column(canonical_column(key)) == nullptr) label += fmt::format(", {}={}", key, value);
  }
  return label;
}

Ran run_with_progress(const std::string& note, std::size_t runs, const Runner& runner) {
  Progress progress(stderr, isatty(STDERR_FILENO) != 0, steady_now_s);
  if (!note.empty()) progress.note(note);
  std::size_t finished = 0;
  const RunEvents events{.kept =
                             [&](std::size_t kept) {
                               if (kept > 0)
                                 progress.note(fmt::format("{} of {} runs were finished before", kept, runs));
                               progress.start(runs - kept);
                             },
                         .started = [&](const Run& run) { progress.begin(label_of(run)); },
                         .finished =
                             [&](const Run& run, const RunResult& result) {
                               progress.finished(finished++, label_of(run), result.wall_s);
                               if (!result.failure.empty())
                                 progress.note(fmt::format("{}: {}", label_of(run), result.failure));
                             },
                         .tick = [&] { progress.tick(); },
                         .note = [&](const std::string& text) { progress.note(text); }};
  Ran ran = runner(events);
  progress.end();
  return ran;
}

int jobs_of(const StudyOptions& options) {
  return options.jobs > 0 ? options.jobs : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Ran run_all_with_progress(const std::vector<Run>& runs, const std::string& note, const StudyOptions& options) {
  return run_with_progress(note, runs.size(),
                           [&](const RunEvents& events) { return run_all(runs, jobs_of(options), events); });
}

}  // namespace tandem
