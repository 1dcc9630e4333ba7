// The simulated cluster: hosts, links, and every factor that SimGrid applies, stated by us and never by its defaults.
#pragma once

#include <string>
#include <vector>

#include "core/world.h"

namespace simgrid::s4u {
class Host;
}

namespace tandem::sim {

/// Throws UsageError when the options describe no cluster that can be simulated.
void check_platform(const WorldOptions& options);

/// SimGrid's command line for these options: quiet logs, network model and factors, stacks.
std::vector<std::string> engine_arguments(const WorldOptions& options);

/// Of a message between two hosts, whatever its size.
double message_latency_s(const Network& network);

/// Builds the platform in the existing engine; host r is that of rank r. Its links have no latency: that is ours to
/// wait out, see Activities.
std::vector<simgrid::s4u::Host*> build_platform(const WorldOptions& options);

}  // namespace tandem::sim
