#include "sim/simulator.h"

#include <dlfcn.h>

#include <csignal>
#include <memory>
#include <simgrid/s4u/Engine.hpp>
#include <stdexcept>

#include "sim/engine/simulation.h"
#include "sim/network/interconnect.h"
#include "sim/network/platform.h"
#include "sim/network/platform_file.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// The engine is never destroyed: SimGrid cannot start another one, and its existence tells a second run so.
void start_engine(const WorldOptions& options) {
  prepare_stacks(options);
  std::vector<std::string> arguments = engine_arguments(options);
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
  check_options(options);
  std::shared_ptr<const Interconnect> interconnect = make_interconnect(options.cluster, options.ranks);
  start_engine(options);
  return Simulation(options, build_platform(options, std::move(interconnect))).run(body);
}

// A platform file states the hosts.
WorldReport run_on_hosts(const WorldOptions& options, const RankBody& body) {
  if (options.cluster.platform.empty()) return run_simulated(options, body);
  WorldOptions with_hosts = options;
  with_hosts.cluster.platform_hosts = read_platform_file(options.cluster.platform);
  return run_simulated(with_hosts, body);
}

std::filesystem::path own_file() {
  Dl_info info{};
  dladdr(&kSimulator, &info);
  return std::filesystem::path(info.dli_fname);
}

}  // namespace

const Simulator kSimulator = {.run = run_on_hosts,
                              .read_platform_file = read_platform_file,
                              .check_platform_routes = check_platform_routes,
                              .file = own_file};

}  // namespace tandem::sim
