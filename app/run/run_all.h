// Runs every run in a process of its own, and collects the results.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/run/execute.h"

namespace tandem {

/// Called while runs are in progress, so that the caller can show it.
struct RunEvents {
  std::function<void(std::size_t runs)> kept;  ///< called first, with the number of runs finished earlier
  std::function<void(const Run& run)> started;
  std::function<void(const Run& run, const RunResult& result)> finished;
  std::function<void()> tick;                         ///< a few times a second
  std::function<void(const std::string& text)> note;  ///< with a text for people
};

struct Ran {
  std::vector<RunResult> results;  ///< the finished runs', in the order of `runs`
  int interrupted_by = 0;          ///< the signal that ended it early
};

/// Runs simulations `jobs` at a time and real runs alone, so that measurements do not disturb each other, and writes
/// the folder of every run that has ended. A run whose folder holds its finished result is not run again. A run that
/// fails or crashes has a result with `failure`; the others go on. On SIGINT or SIGTERM it ends every process and
/// returns. `jobs` is at least 1.
Ran run_all(const std::vector<Run>& runs, int jobs, const RunEvents& events);

/// The program's exit code: 0 all well, 1 a run failed, 3 a check failed, 128 + signal when interrupted.
int exit_code_of(const Ran& ran);

}  // namespace tandem
