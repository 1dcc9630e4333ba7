// Reads a scenario file with the command line's changes, and makes a plan of its runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/scenario/scenario.h"
#include "core/config/diagnostics.h"

namespace tandem {

/// Reads and checks the whole file: every point of its grid, its figures, and that the data files it names are there.
/// `overrides` are "dotted.key=value", the value in YAML; they replace what the file says. An override of a key that
/// the grid sweeps pins the sweep to that value. Throws ScenarioError with all mistakes.
Plan load_plan(const std::string& path, const std::vector<std::string>& overrides = {});

/// The same for a given text. `path` is its name in errors; data files are looked for in the folder of `path`.
Plan parse_plan(std::string_view text, const std::string& path, const std::vector<std::string>& overrides = {});

}  // namespace tandem
