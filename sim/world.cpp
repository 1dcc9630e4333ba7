#include "sim/world.h"

#include "core/errors.h"
#include "sim/network/interconnect.h"
#include "sim/simulator.h"

namespace tandem {
namespace {

WorldReport run_simulated(const WorldOptions& options, const RankBody& body) {
  return sim::simulator().run(options, body);
}

void load_simulator() { sim::simulator(); }

std::optional<std::string> refusal(const Cluster& cluster, int ranks) {
  try {
    sim::make_interconnect(cluster, ranks);
    if (!cluster.platform.empty()) sim::simulator().check_platform_routes(cluster.platform, ranks);
  } catch (const UsageError& error) {
    return error.what();
  }
  return std::nullopt;
}

// The links of a platform file are looked at one by one at the end of the simulation.
LeastTime least_time(const Cluster& cluster, int ranks) {
  if (!cluster.platform.empty()) return {};
  const auto interconnect = sim::make_interconnect(cluster, ranks);
  return [interconnect](int rank, double bytes) { return bytes / interconnect->bandwidth_of_rank_bytes_per_s(rank); };
}

}  // namespace

const World kSimWorld = {
    .name = "sim",
    .doc = "ranks are actors on a simulated cluster: any size, any network, simulated seconds",
    .clock = "simulated",
    .predicts = true,
    .has_one_clock = true,
    .carries_phantoms = true,
    .honoured = {Feature::host_speed, Feature::links, Feature::platform_file, Feature::link_slowdowns,
                 Feature::link_losses, Feature::hanging_ranks, Feature::background_traffic, Feature::stated_costs},
    .run = run_simulated,
    .get_ready = load_simulator,
    .refusal = refusal,
    .least_time = least_time,
};

}  // namespace tandem
