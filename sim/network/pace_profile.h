// Slowdowns as SimGrid's profiles: values of a resource that change at dates.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/conditions.h"

namespace simgrid::kernel::profile {
class Profile;
}

namespace tandem::sim {

/// Asked at every change: whether the simulation still has anything to do. A slowdown that comes back for ever would
/// otherwise keep the clock running. Empty: yes.
using IsAlive = std::shared_ptr<std::function<bool()>>;

/// `full_value` divided by the factor that the rank's slowdowns have at each time. Null when none is the rank's.
simgrid::kernel::profile::Profile* pace_profile(const std::string& name, double full_value,
                                                const std::vector<Slowdown>& slowdowns, int rank, IsAlive is_alive);

}  // namespace tandem::sim
