// What commands that run a plan have in common: where it is written to, and what is shown meanwhile.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/run/run_all.h"

namespace tandem {

/// "allreduce ring, sim, 4 workers, cluster.network.latency=50us".
std::string label_of(const Run& run);

/// The folder that was asked for, else base/name, as a path with a parent and a name: "-o runs/", "-o ." and "-o name"
/// are all folders. Throws UsageError when it is none.
std::filesystem::path output_folder(const std::optional<std::filesystem::path>& asked,
                                    const std::filesystem::path& base, const std::string& name);

using Runner = std::function<Ran(const RunEvents& events)>;

/// Calls `runner`, with progress on stderr. `note` is said first, if there is one.
Ran run_with_progress(const std::vector<Run>& runs, const std::string& note, const Runner& runner);

}  // namespace tandem
