#include "app/worlds.h"

#include <array>

#include "core/comm.h"
#include "real/mpi/world.h"
#include "real/tcp/world.h"
#include "real/threads/world.h"
#include "sim/world.h"

namespace tandem {

std::span<const World* const> worlds() {
#ifdef TANDEM_HAS_MPI
  static constexpr std::array kWorlds = {&kThreadsWorld, &kTcpWorld, &kMpiWorld, &kSimWorld};
#else
  static constexpr std::array kWorlds = {&kThreadsWorld, &kTcpWorld, &kSimWorld};
#endif
  return kWorlds;
}

const World* find_world(std::string_view name) {
  for (const World* world : worlds()) {
    if (world->name == name) return world;
  }
  return nullptr;
}

bool is_simulated(const World& world) { return world.clock == "simulated"; }

double wait_limit_s(const World& world, double timeout_s) { return is_simulated(world) ? kNoDeadline : timeout_s; }

}  // namespace tandem
