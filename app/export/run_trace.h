// What each rank did, read back from a run's trace.json.
#pragma once

#include <string>
#include <vector>

#include "core/trace.h"

namespace tandem {

/// The spans of each rank, in the order in which the file has them. Throws ScenarioError where `path` is no trace that
/// Tandem wrote (a run with `trace: true` has one).
std::vector<std::vector<Span>> read_run_trace(const std::string& path);

}  // namespace tandem
