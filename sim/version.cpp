#include "sim/version.h"

#include <fmt/format.h>
#include <simgrid/forward.h>
#include <simgrid/version.h>

namespace tandem::sim {

std::string simgrid_version() {
  return fmt::format("{}.{}.{}", SIMGRID_VERSION_MAJOR, SIMGRID_VERSION_MINOR, SIMGRID_VERSION_PATCH);
}

}  // namespace tandem::sim
