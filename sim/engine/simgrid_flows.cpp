#include "sim/engine/simgrid_flows.h"

#include <cmath>
#include <cstdint>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <utility>

namespace tandem::sim {

namespace sg = simgrid::s4u;

void SimgridFlows::start(int from, int to, double bytes, double latency_s, std::function<void()> arrived) {
  sg::Host* source = hosts_[static_cast<std::size_t>(from)];
  sg::Host* target = hosts_[static_cast<std::size_t>(to)];
  // A timer's function runs in SimGrid's kernel, at this very date, whichever stack has sent the message.
  simgrid::kernel::timer::Timer::set(sg::Engine::get_clock(), [=, arrived = std::move(arrived)] {
    sg::Actor::create("message", source, [=] {
      if (bytes > 0) {
        sg::Comm::sendto(source, target, static_cast<std::uint64_t>(std::llround(bytes)));
      } else {
        sg::this_actor::sleep_for(latency_s);
      }
      arrived();
    });
  });
}

}  // namespace tandem::sim
