// The part of the sim world that needs SimGrid. Starting SimGrid's library, and the network simulator that Debian links
// it to, takes longer than most commands take in all. So the program `tandem` loads this part when it is wanted
// (app/loaded_simulator.cpp), and other programs are linked to it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/world.h"

namespace tandem::sim {

struct Simulator {
  /// World::run of kSimWorld.
  WorldReport (*run)(const WorldOptions& options, const RankBody& body);
  /// See sim/network/platform_file.h.
  std::vector<PlatformHost> (*read_platform_file)(const std::string& path);
  void (*check_platform_routes)(const std::string& path, int ranks);
  /// The file that this code is in: the program, or a library.
  std::filesystem::path (*file)();
};

/// Throws RunFailed where it cannot be loaded.
const Simulator& simulator();

/// Itself, in programs that are linked to it.
extern const Simulator kSimulator;

}  // namespace tandem::sim
