// The simulated cluster: hosts, links, and every factor that is applied, stated by us and never by SimGrid's defaults.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/world.h"
#include "sim/network/interconnect.h"
#include "sim/network/pace_profile.h"

namespace simgrid::s4u {
class Host;
class Link;
}  // namespace simgrid::s4u

namespace tandem::sim {

/// Throws UsageError when the options describe no cluster that can be simulated.
void check_options(const WorldOptions& options);

/// SimGrid's command line for these options: quiet logs, precision, stacks.
std::vector<std::string> engine_arguments(const WorldOptions& options);
/// To be called before any stack is made: stacks of very many ranks are then memory only where they are touched, too.
void prepare_stacks(const WorldOptions& options);

/// The platform in the engine, with where its messages go.
struct Platform {
  std::vector<simgrid::s4u::Host*> hosts;             ///< by rank
  std::vector<bool> speed_changes;                    ///< by rank: the host's speed may not stay
  std::function<double(int from, int to)> latency_s;  ///< between two ranks now, without the model's factor
  /// The window of the path between two ranks, where it may be narrower than the links; without the model's factor.
  std::function<std::optional<double>(int from, int to)> window_bytes_per_s;
  std::shared_ptr<const Interconnect> interconnect;              ///< null for a platform file
  std::map<const simgrid::s4u::Link*, double> first_bandwidths;  ///< a platform file's, before the run
  std::vector<PacketLoss> losses;
  IsAlive is_alive = std::make_shared<std::function<bool()>>();  ///< to be set by who runs the simulation
};

/// Builds the platform in the existing engine, of these links or of the platform file. Links have no latency: that is
/// ours to wait out, see Activities.
Platform build_platform(const WorldOptions& options, std::shared_ptr<const Interconnect> interconnect);

struct Carried {
  int from, to;
  double bytes;
};
/// Throws CheckFailed when a link has carried more than it can until `end_s`.
void check_links(const WorldOptions& options, const Platform& platform, const std::vector<Carried>& carried,
                 double end_s);
void require_possible(const std::string& link, double bytes, double rate_bytes_per_s, double end_s);

}  // namespace tandem::sim
