// The end of a rank that the others may survive.
#pragma once

#include <stdexcept>

namespace tandem {

/// Thrown on a rank's own stack, and caught by its world: the rank ends as one whose process is killed. Waits of others
/// for it throw PeerFailed. The run goes on, and succeeds if they do.
class RankDied : public std::runtime_error {
 public:
  RankDied() : std::runtime_error("it died") {}
};

}  // namespace tandem
