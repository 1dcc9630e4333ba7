// The result of a run: a row of runs.csv, and the rows of its steps.csv and ranks.csv.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "app/store/provenance.h"
#include "core/errors.h"
#include "core/trace.h"

namespace tandem {

inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

/// A row of steps.csv. Synchronous strategies have one row per step (worker -1: all of them; the loss of the global
/// batch; the time when the last worker ended it), asynchronous ones a row per worker and step (that worker's mean
/// loss). Validation columns are filled where it was due.
struct StepResult {
  std::size_t step = 0;
  int worker = -1;
  double time_s = 0;
  std::size_t samples = 0;
  double train_loss = kNotMeasured;
  double validation_loss = kNotMeasured;
  double validation_accuracy = kNotMeasured;
};

struct RankResult {
  int rank = 0;
  std::string role;                                       ///< worker | server | stage
  double compute_s = 0, communication_s = 0, idle_s = 0;  ///< they sum to the run's time_s
  Traffic traffic;
};

/// A row of slots.csv, which a traced run of a pipeline has: what a stage computed for a micro-batch, when.
struct SlotResult {
  int stage = 0, chunk = 0, microbatch = 0;
  std::string work;  ///< as the timeline calls it: forward, backward, backward input, backward weight
  double start_s = 0, end_s = 0;
};

/// A staleness, and the number of updates that had it.
using StalenessCount = std::pair<std::size_t, std::int64_t>;

/// The result of a run. The columns of runs.csv and of run.json are listed in columns.cpp.
struct RunResult {
  std::vector<std::pair<std::string, std::string>> factors;
  std::string scenario, world, strategy, strategy_label;
  int workers = 0, ranks = 0;
  std::uint64_t seed = 0;
  int repeat = 0;
  std::size_t steps = 0, samples = 0;
  double time_s = 0, step_s = 0, samples_per_s = 0;
  double compute_s = 0, comm_s = 0, idle_s = 0;  ///< means over ranks
  /// Over workers: how much longer than their mean the longest computes, and the share of their time that is idle.
  double imbalance = 0, idle_share = 0;
  std::uint64_t messages_sent = 0, bytes_sent = 0, max_bytes_sent_per_rank = 0;
  double train_loss = kNotMeasured, validation_loss = kNotMeasured, validation_accuracy = kNotMeasured;
  /// Seconds until the scenario's target was reached; not measured if there is no target or it was not reached.
  double time_to_loss_s = kNotMeasured, time_to_validation_loss_s = kNotMeasured,
         time_to_validation_accuracy_s = kNotMeasured;
  double bytes_to_loss = kNotMeasured;
  double mean_staleness = kNotMeasured, max_staleness = kNotMeasured;
  std::string parameters_sha256;  ///< empty in phantom runs
  bool same_bits = true;          ///< whether every world ends with these parameters (Facts of the strategy)
  /// What checkpoints and failures cost, where there were any: of the training time, useful_s is the rest.
  double checkpoints = kNotMeasured, checkpoint_bytes = kNotMeasured, checkpoint_s = kNotMeasured;
  double failures = kNotMeasured, lost_steps = kNotMeasured, lost_s = kNotMeasured;
  double detect_s = kNotMeasured;  ///< part of recovery_s: from a failure until it was noticed
  double recovery_s = kNotMeasured, useful_s = kNotMeasured, goodput = kNotMeasured;
  double memory_bytes = kNotMeasured;  ///< what the rank that holds the most holds, by formula, in any part
  double wall_s = 0;
  std::uint64_t peak_rss_bytes = 0;
  double weights_error = kNotMeasured;    ///< synthetic-linear: largest distance from the known weights
  std::string picks;                      ///< the collectives that `auto` picked
  std::string network_model;              ///< the factors of the simulated network; empty in real worlds
  std::string event_digest;               ///< sim only
  std::string tandem = tandem_version();  ///< which Tandem ran it
  std::string failure;                    ///< why the run has no result; empty when it has one
  bool check_failed = false;              ///< the failure is a check that did not hold: exit code 3

  std::vector<float> parameters;  ///< the final ones, flat; not in run.json
  std::vector<StepResult> step_rows;
  std::vector<RankResult> rank_rows;
  std::vector<SlotResult> slot_rows;             ///< by stage and time
  std::vector<StalenessCount> staleness_counts;  ///< ascending
};

/// All of it but the rows, NaN as null. run_result_from_json(to_json(r)) has the same values.
nlohmann::ordered_json to_json(const RunResult& result);
/// A value of a run's record that cannot be read.
class ColumnError : public UsageError {
 public:
  ColumnError(std::string column, const std::string& why)
      : UsageError("\"" + column + "\": " + why), column_(std::move(column)) {}
  const std::string& column() const { return column_; }

 private:
  std::string column_;
};
/// Throws ColumnError, and Json::exception where it is no record at all.
RunResult run_result_from_json(const nlohmann::ordered_json& json);
/// Indented text. A failure may hold what a crashed program printed: bytes that are not UTF-8 become U+FFFD.
std::string text_of(const nlohmann::ordered_json& json);

}  // namespace tandem
