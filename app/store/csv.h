// The tables of a study on disk, quoted by RFC 4180: a header, commas, quotes only where needed, an empty field for
// what was not measured. Numbers are printed so that they read back exactly.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/store/result.h"

namespace tandem {

/// A field, quoted if it holds a comma, a quote or a line break.
std::string csv_field(std::string_view text);
/// Fields to a line, with its line break.
std::string csv_line(const std::vector<std::string>& fields);

/// All records, the header first; quoted fields may hold anything. Throws UsageError when the file cannot be read or a
/// quotation has no end.
std::vector<std::vector<std::string>> read_csv(const std::filesystem::path& path);

/// One row a run, failed runs too: grid keys, then the columns that are always there, then the extras.
std::string runs_csv(const std::vector<RunResult>& results);
void write_runs_csv(const std::filesystem::path& path, const std::vector<RunResult>& results);

std::string steps_csv(const RunResult& result);
std::string ranks_csv(const RunResult& result);
std::string staleness_csv(const RunResult& result);
/// steps.csv, ranks.csv and, where staleness was recorded, staleness.csv in the folder of a run.
void write_run_tables(const std::filesystem::path& folder, const RunResult& result);
/// Fills the rows of a result from those files; one that is missing leaves its rows empty. Throws UsageError naming
/// file and line on a field that is no number.
void read_run_tables(const std::filesystem::path& folder, RunResult& result);

}  // namespace tandem
