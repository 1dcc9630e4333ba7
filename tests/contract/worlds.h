// The worlds of this build: the suite runs over each of them.
#pragma once

#include <vector>

#include "core/world.h"
#include "real/threads/world.h"
#ifdef TANDEM_HAS_TCP
#include "real/tcp/world.h"
#endif
#ifdef TANDEM_HAS_SIM
#include "sim/world.h"
#endif

namespace tandem::contract {

inline std::vector<const World*> worlds() {
  return {
      &kThreadsWorld,
#ifdef TANDEM_HAS_TCP
      &kTcpWorld,
#endif
#ifdef TANDEM_HAS_SIM
      &kSimWorld,
#endif
  };
}

}  // namespace tandem::contract
