// Which SimGrid the sim world is built with.
#pragma once

#include <string>

namespace tandem::sim {

/// "3.32.0".
std::string simgrid_version();

}  // namespace tandem::sim
