// Commands that measure a world itself: its world and cluster are keys of a scenario, the rest of which is not used.
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "app/commands/command.h"
#include "app/launch/mpirun.h"
#include "core/endpoint.h"

namespace tandem {

struct MeasureOptions {
  std::vector<std::string> overrides;  ///< keys of a scenario that describe the world: world, cluster, sim, timeout
  Mpirun mpirun;
  std::vector<std::string> arguments;  ///< the whole command line: the processes of an MPI job are started with it
};
/// `-s`, and `-w` and `-n` for the two keys that everybody needs.
void add_measured_world(CLI::App& command, MeasureOptions& options, const std::string& example,
                        const std::string& ranks_doc);

struct Measurement {
  std::string command, question;
  /// Checks the scenario; every process calls it, and nothing is measured where it throws.
  std::function<void(const Scenario& scenario, bool is_first)> check;
  /// Called in the one process that prints, before anything is measured.
  std::function<void(const Scenario& scenario)> begin;
  /// Called on every rank. Rank 0 writes what was found to `found`: it may be in another process than the one that
  /// asked.
  std::function<void(const Scenario& scenario, Endpoint& endpoint, std::FILE* found)> measure;
  /// Called in the process that prints, with what rank 0 wrote. Returns the exit code.
  std::function<int(const Scenario& scenario, const std::string& found)> report;
};

/// Measures in the world that the options describe. This process may become mpirun. Throws UsageError, RunFailed.
int measure_world(const MeasureOptions& options, const Measurement& measurement);

}  // namespace tandem
