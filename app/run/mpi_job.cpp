#include "app/run/mpi_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "core/errors.h"
#include "real/mpi/world.h"

namespace tandem {
namespace {

std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  const std::string_view view(text);
  int number = 0;
  const auto [end, error] = std::from_chars(view.begin(), view.end(), number);
  if (error != std::errc() || end != view.end()) return std::nullopt;
  return number;
}

std::optional<std::string> obstacle(const Run& run, int processes) {
  if (run.scenario.world != "mpi") {
    return fmt::format("in an MPI job only the mpi world runs, not {}", run.scenario.world);
  }
  const int ranks = ranks_of(run);
  if (ranks <= processes) return std::nullopt;
  return fmt::format("needs {} ranks, and this MPI job has {} process{}", ranks, processes, processes == 1 ? "" : "es");
}

RunResult finished(const Run& run, double wall_s) {
  RunResult result = read_result(run.directory);
  result.wall_s = wall_s;
  write_result(run, result);
  return result;
}

}  // namespace

std::optional<StartedAs> started_by_mpi() {
  struct Names {
    const char *process, *processes;
  };
  // SLURM_STEP_ID: in a batch script that srun did not start, the names of Slurm are set, too.
  const bool is_by_srun = std::getenv("SLURM_STEP_ID") != nullptr;
  for (const Names& names : {Names{"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"}, Names{"PMI_RANK", "PMI_SIZE"},
                             Names{"SLURM_PROCID", "SLURM_NTASKS"}}) {
    if (std::string_view(names.process).starts_with("SLURM") && !is_by_srun) continue;
    const std::optional<int> process = number_in(names.process), processes = number_in(names.processes);
    if (process && processes) return StartedAs{*process, *processes};
  }
  return std::nullopt;
}

void in_agreement(const std::function<void()>& work) {
  std::string trouble;
  try {
    work();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  trouble = mpi::first_trouble(trouble);
  if (!trouble.empty()) throw UsageError(trouble);
}

void skip_what_a_job_cannot_run(Prepared& prepared, int processes) {
  std::erase_if(prepared.runs, [&](const Run& run) {
    const std::optional<std::string> reason = obstacle(run, processes);
    if (!reason) return false;
    for (Point& point : prepared.points) {
      if (point.factors == run.factors) point.skipped = reason;
    }
    return true;
  });
}

void execute_in_job(const Run& run) {
  const bool writes = mpi::place().process == 0;
  in_agreement([&] {
    if (writes) std::filesystem::create_directories(run.directory);
  });
  std::string failure;
  try {
    bring_up(run);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  in_agreement([&] {
    if (writes && !failure.empty()) write_result(run, failed_result(run, failure));
  });
}

Ran run_in_job(const std::vector<Run>& runs, const RunEvents& events) {
  const bool reports = mpi::place().process == 0;
  Ran ran;
  for (const Run& run : runs) {
    if (reports && events.started) events.started(run);
    const auto started = std::chrono::steady_clock::now();
    execute_in_job(run);
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    in_agreement([&] {
      if (!reports) return;
      ran.results.push_back(finished(run, wall_s));
      if (events.finished) events.finished(run, ran.results.back());
    });
  }
  return ran;
}

}  // namespace tandem
