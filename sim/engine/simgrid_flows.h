// Messages as SimGrid's own flows, one S4U communication each, by its solver that looks at every flow at every event
// (network/optim:Full): slow, and the oracle that Activities is held to.
#pragma once

#include <functional>
#include <vector>

#include "sim/network/platform.h"

namespace tandem::sim {

class SimgridFlows {
 public:
  explicit SimgridFlows(const Platform& platform) : hosts_(platform.hosts) {}

  /// `arrived` is called at the simulated time at which the message has arrived. `latency_s` counts for messages
  /// without bytes, which SimGrid does not know; others have the latency that their route has in SimGrid.
  void start(int from, int to, double bytes, double latency_s, std::function<void()> arrived);

 private:
  std::vector<simgrid::s4u::Host*> hosts_;
};

}  // namespace tandem::sim
