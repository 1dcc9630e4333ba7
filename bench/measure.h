// Times something on rank 0 of a world. Each measurement is made in a process of its own, because ranks may be
// processes and a simulation runs once a process; the number comes back through shared memory.
#pragma once

#include <functional>

#include "core/comm.h"
#include "core/world.h"

namespace tandem::bench {

using Timed = std::function<double(Comm& comm)>;

/// What `timed` returned on rank 0: every rank runs it. Throws RunFailed if the world or its process failed.
double on_rank_0(const World& world, const WorldOptions& options, const Timed& timed);

/// The wall seconds of bringing the world up, running `body` on every rank and taking it down.
double whole_run_s(const World& world, const WorldOptions& options, const std::function<void(Comm&)>& body);

/// What a whole run took; processor time and memory are those of its process.
struct RunCosts {
  double wall_s = 0, processor_s = 0, peak_bytes = 0;
  double simulated_s = 0;  ///< on the world's clock, when the last rank had played `body`
};
RunCosts whole_run(const World& world, const WorldOptions& options, const std::function<void(Comm&)>& body);

}  // namespace tandem::bench
