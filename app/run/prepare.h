// Makes runs from a plan, before anything runs: loads and checks data once, and finds the points that cannot run.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/launch/run_order.h"
#include "app/run/execute.h"
#include "app/scenario/scenario.h"
#include "app/store/sweep_folder.h"

namespace tandem {

struct Prepared {
  std::vector<Run> runs;      ///< in the order to run them: simulations, then the real runs, repeat by repeat
  std::vector<Point> points;  ///< the plan's, with `skipped` filled where the strategy refuses
  std::string replaced;       ///< see Plan
  std::map<std::string, std::unique_ptr<Dataset>> datasets;  ///< what runs point to
};

/// Throws UsageError for errors that concern the whole study: unreadable data, a world that this build lacks. A point
/// of a grid that a strategy or the data refuse, such as a batch larger than these, is skipped with its reason; one
/// that its world refuses, too, unless the scenario names a fallback. In a plan of one point that is a ScenarioError,
/// which says where the value stands. Simulations are deterministic: only their first repeat is run.
Prepared prepare(const Plan& plan);

/// The run of an order, in the folder where the order was read. Throws UsageError where it is not the order of one run.
Prepared prepare_ordered_run(const RunOrder& order, const std::filesystem::path& directory);

/// The identity of a study, which another must share to continue it: the program, every run, and the files that data
/// comes from.
std::string study_identity(const std::vector<Run>& runs);

/// The runs as a sweep has them, in the same order: keys, names that number and key make unlike, and predicted costs.
/// The key holds the version of Tandem, and not the program's digest: nodes may have builds of their own.
std::vector<SweepRun> sweep_runs(const std::vector<Run>& runs);

/// Gives every run its directory: the study's own for a single run, else runs/NUMBER-LABEL in it.
void place(std::vector<Run>& runs, const std::filesystem::path& study);

}  // namespace tandem
