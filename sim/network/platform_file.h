// SimGrid's platform files: hosts, links and routes as XML. Hosts become ranks in the order of the file.
#pragma once

#include <string>
#include <vector>

#include "sim/network/platform.h"

namespace tandem::sim {

/// The hosts in the order of the file. Throws UsageError that says where the file is wrong.
/// The file is read in a process of its own: SimGrid starts once per process, and may not outlive a bad file.
std::vector<PlatformHost> read_platform_file(const std::string& path);

/// Throws UsageError when one of the hosts of so many ranks has no route to and from any other of them. A route that is
/// missing between two ranks is told when they need it. The file has that many hosts.
void check_platform_routes(const std::string& path, int ranks);

/// Loads the file into the existing engine.
std::vector<simgrid::s4u::Host*> load_platform_file(const std::string& path);

/// check_links for a platform from a file. A link whose bandwidth the file changes over time is held to the largest of
/// its first and its last.
void check_file_links(const Platform& platform, const std::vector<Carried>& carried, double bandwidth_factor,
                      double end_s);

}  // namespace tandem::sim
