// What becomes of a request to join a run, or to leave it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/scenario/scenario.h"

namespace tandem {

/// A change of the number of workers that somebody has asked for.
struct AskedChange {
  std::string request;
  int workers = 0;
  std::string hosts = {};  ///< that come with them, as --hosts names them
};

/// The change that is asked for in a run's folder, where so many train now. A request that cannot be met is refused, in
/// the journal, and removed; so is one that was met by workers who were killed before they could remove it.
std::optional<AskedChange> asked_change(const std::filesystem::path& folder, const WorkerRange& range, int workers,
                                        double time_s, std::size_t step);

}  // namespace tandem
