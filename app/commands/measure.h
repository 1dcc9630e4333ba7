// Commands that measure a world itself. World and cluster are given as keys of a scenario, whose other keys are not
// used.
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
/// `-s`, and `-w` and `-n` for the two keys that are needed most.
void add_measured_world(CLI::App& command, MeasureOptions& options, const std::string& example,
                        const std::string& ranks_doc);

struct Measurement {
  std::string command, question;
  /// Checks the scenario. Every process calls it; if it throws, nothing is measured.
  std::function<void(const Scenario& scenario, bool is_first)> check;
  /// Called in the one process that prints, before anything is measured.
  std::function<void(const Scenario& scenario)> begin;
  /// Called on every rank. Rank 0 writes its findings to `found`, since it may be in another process than the one that
  /// prints.
  std::function<void(const Scenario& scenario, Endpoint& endpoint, std::FILE* found)> measure;
  /// Called in the process that prints, with the findings of rank 0. Returns the exit code.
  std::function<int(const Scenario& scenario, const std::string& found)> report;
};

/// Measures in the world that the options describe. This process may become mpirun. Throws UsageError, RunFailed.
int measure_world(const MeasureOptions& options, const Measurement& measurement);

}  // namespace tandem
