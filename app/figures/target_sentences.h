// Who reached the scenario's targets, and when.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/figures/figure_kind.h"
#include "app/store/result.h"

namespace tandem {

/// For each world, the series with the most workers in the order in which they reached the target of `y`, those that
/// never did, and those in which y was not measured; empty where there is no target. Repeats count by their median.
std::vector<std::string> target_sentences(const StudyFacts& facts, std::string_view y, std::string_view series,
                                          const std::vector<RunResult>& results);

}  // namespace tandem
