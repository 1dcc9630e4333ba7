// The answer in sentences, each of which the numbers of the study support.
#pragma once

#include <string>
#include <vector>

#include "app/store/result.h"

namespace tandem {

/// Who is fastest at which worker count in each world; where each strategy stops gaining; whether synchronous
/// strategies ended with the same parameter bits in every world. Each only where there is something to compare.
std::vector<std::string> answers(const std::vector<RunResult>& results);

/// A smaller gain counts as none, because repeats of a real run differ by as much.
inline constexpr double kLeastGain = 0.05;

}  // namespace tandem
