// One run in this process: starts the world, trains, and hands the result over.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/job.h"
#include "app/launch/mpirun.h"
#include "app/run/checkpoints.h"
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
  Mpirun mpirun;                              ///< for a world whose processes a launcher starts
  std::optional<ProcessPlacement> placement;  ///< where this process stands among several; absent: it starts all ranks
  std::string listen = "127.0.0.1";           ///< where the rendezvous listens
  std::optional<std::filesystem::path> resume = {};  ///< what it goes on from: see latest_checkpoint
  std::optional<Attempt> attempt = {};               ///< absent: the first
};

Job job_of(const Run& run);
Job job_of(const Scenario& scenario, const Dataset* data);
/// The number of ranks of the strategy at this scale.
int ranks_of(const Run& run);
/// Whether its times follow from the scenario, and nothing is measured.
inline bool predicts(const Run& run) { return run.scenario.traits().predicts; }
/// The mpirun command's arguments for this program: its processes read their order in the run's folder.
std::vector<std::string> rank_arguments(const Run& run);

/// Starts the world, trains and checks. Hands the result over in run.directory, on the host of rank 0 and in the
/// process of rank 0 or its parent. Throws RunFailed.
void bring_up(const Run& run);

/// Runs, and hands over a result in run.directory (see app/store/run_folder.h); if the run fails, one with the reason.
/// Writes trace.json and parameters.f32 where the scenario asks for them. Does not throw for failures of the run. Call
/// it in a process of its own: a process can run one simulation only, and a crash must not end other runs. Returns the
/// exit code of the launcher where one starts the ranks, else 0.
int execute(const Run& run);

/// A result without measures, for a run that ended before it could hand one over.
RunResult failed_result(const Run& run, const std::string& why);

}  // namespace tandem
