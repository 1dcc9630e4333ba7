// The answer on stdout: a table of medians, what it comes to in a few sentences, what could not be run, and where it
// all is.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

struct TableStyle {
  bool colour = false;  ///< bold headings: a terminal, and no NO_COLOR
};

/// A row a point (strategy, world, workers, other swept keys), medians over its repeats. Columns that say the same in
/// every row, or nothing, are left out.
std::string results_table(const Plan& plan, const std::vector<RunResult>& results, const TableStyle& style = {});

/// Skipped points and failed runs with their reasons, a line each; empty when there are none.
std::string not_run_text(const Plan& plan, const std::vector<RunResult>& results);

/// The whole answer: question, table, answers, what was not run, files (relative to where the program was started).
std::string answer_text(const Plan& plan, const std::vector<RunResult>& results,
                        const std::vector<std::filesystem::path>& files, const std::vector<std::string>& notes,
                        const TableStyle& style = {});

}  // namespace tandem
