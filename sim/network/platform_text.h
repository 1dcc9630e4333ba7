// What the text of a SimGrid platform file says that SimGrid's interface does not tell: options of SimGrid itself, and
// hosts and links that fail or change their speed.
#pragma once

#include <map>
#include <string>

namespace tandem::sim {

/// Throws UsageError, with the place, for what SimGrid would carry out and a simulation here does not.
void refuse_what_is_not_simulated(const std::string& path);

/// The largest value of each host's speed profile, by the host's name; hosts without one are not in it. Profiles that
/// cannot be read are SimGrid's to refuse.
std::map<std::string, double> largest_speed_factors(const std::string& path);

}  // namespace tandem::sim
