// A run that failed because ranks waited for others: the cause may lie in another process of the run.
#pragma once

#include "core/errors.h"

namespace tandem {

/// Every failure of a rank here was a wait that came to its deadline, or the failure of a peer.
class WaitedInVain : public RunFailed {
 public:
  using RunFailed::RunFailed;
};

}  // namespace tandem
