// SimGrid's platform files: hosts, links and routes as XML. Hosts become ranks in the order of the file.
#pragma once

#include <string>
#include <vector>

#include "sim/network/platform.h"

namespace tandem::sim {

/// The speed of each host, in flop/s, in the order of the file. Throws UsageError that says where the file is wrong.
/// The file is read in a process of its own: SimGrid starts once a process, and may not outlive a bad file.
std::vector<double> read_platform_file(const std::string& path);

/// Loads the file into the existing engine.
std::vector<simgrid::s4u::Host*> load_platform_file(const std::string& path);

/// check_links for a platform from a file. A link whose bandwidth the file changes over time is held to the largest of
/// its first and its last.
void check_file_links(const Platform& platform, const std::vector<Carried>& carried, double bandwidth_factor,
                      double end_s);

}  // namespace tandem::sim
