// The figures of a study: for each a table NAME.csv, a gnuplot script NAME.gp that reads nothing else, and what the
// script draws, NAME.svg and NAME.png. Who wants another style edits the top of the script and runs `gnuplot NAME.gp`
// there.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

struct FigureReport {
  std::vector<std::filesystem::path> files;  ///< those that are there now
  std::vector<std::string> notes;            ///< what could not be drawn and why, a line each
};

/// Draws plan.figures into `folder`. Failed runs are not drawn; the caption counts them and the skipped points. A
/// figure without anything to draw, or gnuplot missing or failing, is a note and no error: the data are never lost.
FigureReport write_figures(const Plan& plan, const std::vector<RunResult>& results,
                           const std::filesystem::path& folder);

}  // namespace tandem
