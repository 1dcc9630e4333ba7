// A run that is looked at while it is under way, by the files in its folder.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <functional>

namespace tandem::laws {

/// Blocks until it holds, and looks whenever a file in the folder has changed.
void await(const std::filesystem::path& folder, const std::function<bool()>& holds);

/// Blocks until a run in this folder has noted so many hosts that hang, and returns the last of their ranks.
int next_that_hangs(const std::filesystem::path& folder, std::size_t count);

/// The process of a rank, as it has noted.
pid_t process_of(const std::filesystem::path& folder, int rank);

}  // namespace tandem::laws
