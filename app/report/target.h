// When training first was as good as a stated loss or accuracy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/run/result.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// validation_loss, validation_accuracy, and train_loss for any other name.
double step_value(const StepResult& row, std::string_view y);

/// Seconds on the run's clock until `y` was `target` or better for the first time; NaN when it never was. It is known
/// to within a step that was evaluated, so evaluate often. One worker's loss alone does not count.
double time_to_target_s(const RunResult& run, std::string_view y, double target);

/// For each world, the series in the order in which they reached the figure's target, and those that did not; empty
/// when the figure has none.
std::vector<std::string> target_sentences(const FigureSpec& spec, const std::vector<RunResult>& results);

}  // namespace tandem
