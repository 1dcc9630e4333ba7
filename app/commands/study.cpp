#include "app/commands/study.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "algorithms/strategies/strategy.h"
#include "app/report/progress.h"
#include "app/store/columns.h"
#include "core/errors.h"

namespace tandem {
namespace {

double steady_now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::string label_of(const Run& run) {
  std::string label = fmt::format("{}, {}, {} workers", strategy_label(run.scenario.strategy), run.scenario.world,
                                  run.scenario.cluster.workers);
  for (const auto& [key, value] : run.factors) {
    if (find_column(canonical_column(key)) == nullptr) label += fmt::format(", {}={}", key, value);
  }
  return label;
}

std::filesystem::path output_folder(const std::optional<std::filesystem::path>& asked,
                                    const std::filesystem::path& base, const std::string& name) {
  if (!asked) return base / name;
  std::filesystem::path folder = asked->lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder == "." || folder.filename() == "..") folder = std::filesystem::absolute(folder).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  if (folder.has_filename()) return folder;
  throw UsageError(fmt::format("-o \"{}\": name a folder to write to", asked->string()));
}

Ran run_with_progress(const std::vector<Run>& runs, const std::string& note, const Runner& runner) {
  Progress progress(stderr, isatty(STDERR_FILENO) != 0, steady_now_s);
  if (!note.empty()) progress.note(note);
  const auto kept = static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const Run& run) { return finished_result(run).has_value(); }));
  if (kept > 0) progress.note(fmt::format("{} of {} runs were finished before", kept, runs.size()));
  std::size_t finished = 0;
  progress.start(runs.size() - kept);
  const RunEvents events{.started = [&](const Run& run) { progress.begin(label_of(run)); },
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

}  // namespace tandem
