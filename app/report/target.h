// Who reached the scenario's targets, and when.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/scenario.h"
#include "app/store/result.h"

namespace tandem {

/// The target of this column of steps.csv; nothing where there is none, or where the grid's points differ in it.
std::optional<double> target_of(const Plan& plan, std::string_view y);

/// For each world, the series with the most workers in the order in which they reached the target of `y`, and those
/// that did not; empty where there is no target. Of repeats the median time.
std::vector<std::string> target_sentences(const Plan& plan, std::string_view y, std::string_view series,
                                          const std::vector<RunResult>& results);

}  // namespace tandem
