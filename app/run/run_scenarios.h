// The library's front door: scenarios as structs in, results with their rows out. A scenario comes from parse_plan or
// load_plan (app/scenario/loader.h), or is filled in by hand; app/store/result.h says what a result holds.
#pragma once

#include <filesystem>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

struct RunScenariosOptions {
  int jobs = 1;  ///< simulations at a time; real runs are alone
  /// Where the runs' files go (docs/results.md), made if missing; finished runs in it are not run again. Empty: a
  /// temporary folder that is removed.
  std::filesystem::path folder = {};
};

/// Runs each scenario once, in a process of its own, and returns their results in the order of the scenarios; one that
/// failed has `failure`. Blocks. The calling process must have one thread, and waits for the children itself. Throws
/// UsageError where a scenario has no meaning, naming the reason, before any is run. A world that a launcher starts
/// (mpi) needs the program as a launcher's command, and is refused here.
std::vector<RunResult> run_scenarios(const std::vector<Scenario>& scenarios, const RunScenariosOptions& options = {});

}  // namespace tandem
