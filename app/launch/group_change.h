// A group of processes on several hosts has become smaller, or larger.
#pragma once

#include <string>

namespace tandem {

struct GroupChange {
  /// A process has gone: its number in the group that the changes before this one have left; any other number stands
  /// for the last.
  int gone = -1;
  std::string hosts = {};  ///< not empty: instead these have come, as --hosts names them
};

}  // namespace tandem
