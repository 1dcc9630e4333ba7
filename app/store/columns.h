// The columns of runs.csv by name: the only list of them, for the table on disk, run.json, the axes of figures and the
// table on the terminal. A new column is a member of RunResult and a row in columns.cpp.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/store/result.h"

namespace tandem {

struct Column {
  std::string_view name;
  std::string_view title;  ///< for people: an axis label or a table heading, without the unit
  std::string_view unit;   ///< "s", "B", "samples/s"; empty: a plain number or text
  bool is_measure;         ///< empty when the run failed
  std::string (*text)(const RunResult&);
  nlohmann::ordered_json (*json)(const RunResult&);
  void (*read)(const nlohmann::ordered_json&, RunResult&);
};

/// In the order of runs.csv.
std::span<const Column> columns();
/// Null if there is none of this name.
const Column* find_column(std::string_view name);

/// The column that says the same as a scenario key (cluster.workers -> workers); any other name is returned as it is.
std::string_view canonical_column(std::string_view name);

/// Grid keys of any run, in order of appearance, without those that have a column of their own.
std::vector<std::string> factor_keys(const std::vector<RunResult>& results);

/// The field of runs.csv under this column name or grid key; empty when not measured or not there.
std::string field_text(const RunResult& result, std::string_view name);
/// The same as a number; nullopt when it is empty or not a plain number.
std::optional<double> field_number(const RunResult& result, std::string_view name);

/// "throughput", "microbatches" for strategy.microbatches: what to call a column or grid key, and the unit behind it.
std::string field_title(std::string_view name);
std::string_view field_unit(std::string_view name);

/// runs.csv: a row per run, failed runs too; grid keys, then all columns.
std::string runs_csv(const std::vector<RunResult>& results);
void write_runs_csv(const std::filesystem::path& path, const std::vector<RunResult>& results);

}  // namespace tandem
