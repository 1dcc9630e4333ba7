// Execution traces of MLCommons Chakra, one per rank, become a program that the strategy `replay` plays.
#pragma once

#include <string>
#include <vector>

#include "app/import/format.h"

namespace tandem::formats {

/// The program, and a scenario that plays it. Throws ScenarioError where a node cannot be played, or the ranks' traces
/// contradict each other.
Imported replay_of(const std::vector<std::string>& paths, const std::string& stem);

}  // namespace tandem::formats
