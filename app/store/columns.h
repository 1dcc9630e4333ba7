// The columns of runs.csv by name: one list for the table on disk, the axes of figures and the table on the terminal.
#pragma once

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
};

/// Those that runs.csv always has, in order, then the extras.
std::span<const Column> always_columns();
std::span<const Column> extra_columns();
/// Null if there is none of this name.
const Column* find_column(std::string_view name);

/// The column that says the same as a scenario key (cluster.workers -> workers); any other name is returned as it is.
std::string_view canonical_column(std::string_view name);

/// Grid keys of any run, in order of appearance, without those that are always-there columns.
std::vector<std::string> factor_keys(const std::vector<RunResult>& results);

/// The field of runs.csv under this column name or grid key; empty when not measured or not there.
std::string field_text(const RunResult& result, std::string_view name);
/// The same as a number; nullopt when it is empty or not a plain number.
std::optional<double> field_number(const RunResult& result, std::string_view name);

/// "throughput", "microbatches" for strategy.microbatches: what to call a column or grid key, and the unit behind it.
std::string field_title(std::string_view name);
std::string_view field_unit(std::string_view name);

/// The shortest text that reads back as the same number; empty for NaN.
std::string exact_text(double value);

}  // namespace tandem
