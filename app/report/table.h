// The answer on stdout: a table of medians, conclusions in a few sentences, what could not be run, and the files that
// were written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/report/text_table.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

/// The contents of a study's table, before it is laid out.
struct ResultsTable {
  TextTable table;
  std::size_t keys = 0;  ///< how many columns at the left identify the row
  std::string heading;   ///< the settings that all rows share
  std::string baseline;  ///< what the speed-up is measured against; empty where there is none
};
ResultsTable results_table_of(const StudyFacts& facts, const std::vector<RunResult>& results);

/// A row per point (strategy, world, workers, other swept keys), medians over its repeats. Columns that say the same in
/// every row, or nothing, are left out. Below it, what the speed-up is measured against.
std::string results_table(const StudyFacts& facts, const std::vector<RunResult>& results, const TableStyle& style = {});

/// Skipped points and failed runs with their reasons.
std::vector<std::string> not_run(const Plan& plan, const std::vector<RunResult>& results);
/// The same with one line each; empty if there are none.
std::string not_run_text(const Plan& plan, const std::vector<RunResult>& results);

/// Conclusions from the results, in sentences.
std::vector<std::string> all_answers(const StudyFacts& facts, const std::vector<RunResult>& results);

/// The whole answer: question, table, answers, what was not run, files (relative to where the program was started).
std::string answer_text(const Plan& plan, const StudyFacts& facts, const std::vector<RunResult>& results,
                        const std::vector<std::filesystem::path>& files, const std::vector<std::string>& notes,
                        const TableStyle& style = {});

}  // namespace tandem
