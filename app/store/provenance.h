// What ran it: versions and machine, for run.json and --version.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tandem {

/// Versions of Tandem, its libraries and its compiler; processor, cores and operating system. No host name, no paths.
nlohmann::ordered_json provenance();

/// "0.1.0".
std::string tandem_version();

/// Compiled with -march=native: it may not run on another processor, and rounds otherwise than there.
bool is_built_for_this_processor();

/// "tandem 0.1.0 (SimGrid 3.32.0, Eigen 3.4.0, GNU 12.2.0, Release, for any processor)".
std::string version_text();

}  // namespace tandem
