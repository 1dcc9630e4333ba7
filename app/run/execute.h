// One run, in this process: bring the world up, train, write what came of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/job.h"
#include "app/scenario/scenario.h"
#include "app/store/result.h"
#include "core/world.h"

namespace tandem {

struct Run {
  Scenario scenario;
  std::vector<std::pair<std::string, std::string>> factors;
  int repeat = 0;
  const Dataset* data = nullptr;              ///< null with a profile model
  std::filesystem::path directory;            ///< where its files go; made if missing
  std::string hostfile;                       ///< mpi: the hosts, for mpirun; empty: this one
  std::optional<ProcessPlacement> placement;  ///< tcp: of this process among others; absent: it starts all ranks
  std::string listen = "127.0.0.1";           ///< tcp: where the rendezvous listens
};

Job job_of(const Run& run);
/// Of the strategy at this scale.
int ranks_of(const Run& run);

/// Brings the world up and trains; writes what came of it into run.directory, on the host of rank 0. Throws RunFailed.
void bring_up(const Run& run);

/// Runs and writes run.json, steps.csv, ranks.csv (and staleness.csv, trace.json) into run.directory. A run that fails
/// writes a run.json that says why. Does not throw for failures of the run. To be called in a process of its own: a
/// simulation can be run once a process, and a crash must not take other runs along. For the mpi world that process
/// becomes mpirun, and does not come back.
void execute(const Run& run);

/// run.json and the tables of a run's directory. Throws UsageError if there is no readable run.json.
RunResult read_result(const std::filesystem::path& directory);
/// The result that the run's directory holds already, if it is a whole one and no failure.
std::optional<RunResult> finished_result(const Run& run);
/// Writes run.json for a result, with the resolved scenario and what ran it.
void write_result(const Run& run, const RunResult& result);
/// A result without measures, for a run that ended before it could write one.
RunResult failed_result(const Run& run, const std::string& why);

}  // namespace tandem
