// tandem compare: how far is prediction from measurement?
#pragma once

#include <optional>
#include <string>

#include "app/commands/command.h"

namespace tandem {

struct CompareOptions {
  ScenarioOptions scenario;
  StudyOptions study;
  std::string world;                        ///< the world to measure in; empty: the scenario's, or the default
  std::string measured;                     ///< a table of measurements to compare with, instead of a world
  std::optional<double> tolerance_percent;  ///< an absolute error above it is a failed check
};

void add_compare(CLI::App& app, CompareOptions& options);

/// Runs every point of the scenario in a real world and in sim, or each row of a table of measurements in sim; prints
/// and writes the error of each point, the median and worst error, and whether strategies are ranked alike. Returns 0;
/// 1 when a run failed; 3 when a check did not hold or an error is above the tolerance; 130 interrupted.
int compare_command(const CompareOptions& options);

}  // namespace tandem
