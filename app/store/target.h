// The times at which training reached the scenario's targets (workload.target).
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "algorithms/spec.h"
#include "app/store/result.h"

namespace tandem {

/// A measure that can have a target: the column that is compared, the scenario's value, and the column of the time.
struct TargetKind {
  std::string_view y;
  std::optional<double> TargetSpec::*value;
  double RunResult::*time_s;
  std::string_view time_column;
};
inline constexpr std::array kTargetKinds = {
    TargetKind{"train_loss", &TargetSpec::loss, &RunResult::time_to_loss_s, "time_to_loss_s"},
    TargetKind{"validation_loss", &TargetSpec::validation_loss, &RunResult::time_to_validation_loss_s,
               "time_to_validation_loss_s"},
    TargetKind{"validation_accuracy", &TargetSpec::validation_accuracy, &RunResult::time_to_validation_accuracy_s,
               "time_to_validation_accuracy_s"}};

/// The stated value; of the training loss, where none is stated, the loss that training stops at.
std::optional<double> target_value(const WorkloadSpec& workload, const TargetKind& kind);

/// validation_loss, validation_accuracy, and train_loss for any other name.
double step_value(const StepResult& row, std::string_view y);

/// Seconds on the run's clock until `y` was `target` or better for the first time; NaN when it never was. The training
/// loss of asynchronous workers is the mean over the samples of every worker's latest step, once each has ended one.
double time_to_target_s(const RunResult& run, std::string_view y, double target);

/// Fills in the times of those targets that the scenario has, and the bytes sent until the training loss was reached:
/// those of the run, shared equally among its steps.
void add_times_to_targets(RunResult& result, const WorkloadSpec& workload);

}  // namespace tandem
