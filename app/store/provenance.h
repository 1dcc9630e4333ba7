// What ran it: versions and machine, for run.json.
#pragma once

#include <nlohmann/json.hpp>

namespace tandem {

/// Versions of Tandem, its libraries and its compiler; processor, cores and operating system. No host name, no paths.
nlohmann::ordered_json provenance();

}  // namespace tandem
