// Measurements from elsewhere, to compare simulations with: a CSV whose rows each change a scenario.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/scenario/scenario.h"

namespace tandem {

/// One row: a point of the scenario with this row's keys, and what was measured there.
struct MeasuredRow {
  Point point;
  std::string label;  ///< the series; empty: the strategy's label
  std::optional<double> step_s, samples_per_s;
};

/// Columns are scenario keys (cluster.workers, workload.batch.per_worker, ...; an empty field leaves the scenario's
/// value), `label`, `note` (ignored) and the measurement: `step_s` or `samples_per_s`, one of the two. Rows with
/// the same keys and label are repeats. The points are in the sim world; their only factor is the first key in which
/// rows of one label differ, or the first of all.
/// Throws UsageError naming file and line.
std::vector<MeasuredRow> read_measured_table(const std::filesystem::path& table, const std::string& scenario,
                                             const std::vector<std::string>& overrides);

}  // namespace tandem
