#include "sim/world.h"

#include <csignal>
#include <memory>
#include <simgrid/s4u/Engine.hpp>
#include <stdexcept>

#include "core/errors.h"
#include "sim/engine/simulation.h"
#include "sim/network/interconnect.h"
#include "sim/network/platform.h"
#include "sim/network/platform_file.h"

namespace tandem {
namespace {

namespace sg = simgrid::s4u;

// The engine is never destroyed: SimGrid cannot start another one, and its existence tells a second run so.
void start_engine(const WorldOptions& options) {
  sim::prepare_stacks(options);
  std::vector<std::string> arguments = sim::engine_arguments(options);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int argc = static_cast<int>(arguments.size());

  // Ctrl-C is ours to handle, not SimGrid's.
  struct sigaction on_interrupt = {};
  sigaction(SIGINT, nullptr, &on_interrupt);
  [[maybe_unused]] auto* engine = new sg::Engine(&argc, argv.data());
  sigaction(SIGINT, &on_interrupt, nullptr);
}

WorldReport run_simulated(const WorldOptions& options, const RankBody& body) {
  if (sg::Engine::has_instance()) {
    throw std::logic_error("the sim world runs once a process: start another process for another run");
  }
  sim::check_options(options);
  std::shared_ptr<const sim::Interconnect> interconnect = sim::make_interconnect(options.cluster, options.ranks);
  start_engine(options);
  return sim::Simulation(options, sim::build_platform(options, std::move(interconnect))).run(body);
}

// A platform file states the hosts.
WorldReport run_on_hosts(const WorldOptions& options, const RankBody& body) {
  if (options.cluster.platform.empty()) return run_simulated(options, body);
  WorldOptions with_hosts = options;
  with_hosts.cluster.platform_hosts = sim::read_platform_file(options.cluster.platform);
  return run_simulated(with_hosts, body);
}

std::optional<std::string> refusal(const Cluster& cluster, int ranks) {
  try {
    sim::make_interconnect(cluster, ranks);
    if (!cluster.platform.empty()) sim::check_platform_routes(cluster.platform, ranks);
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
    .run = run_on_hosts,
    .refusal = refusal,
    .least_time = least_time,
};

}  // namespace tandem
