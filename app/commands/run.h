// tandem run: the whole grid of a scenario, its tables and figures, and the answer.
#pragma once

#include <optional>
#include <string>

#include "app/commands/command.h"

namespace tandem {

struct RunOptions {
  ScenarioOptions scenario;
  StudyOptions study;
  std::optional<std::string> shard;      ///< "2/8": only the runs of this part of a sweep
  bool plot = false;                     ///< print the figures in characters, too
  std::optional<std::string> resume;     ///< a folder with checkpoints: go on from the last
  std::optional<std::string> hosts;      ///< NAME:RANKS,...; absent: all ranks on this host
  std::optional<std::string> listen;     ///< with several processes, the address on which process 0 listens
  std::optional<std::string> launcher;   ///< with hosts: how ranks are started on the others
  std::optional<std::string> advertise;  ///< with hosts: the address by which the others reach this one
};

void add_run(CLI::App& app, RunOptions& options);

/// Returns the exit code: 0 ok, 1 a run failed, 3 a check did not hold, 130 interrupted. Throws UsageError before
/// anything is run or written. If mpirun, srun or torchrun has started several processes, each of them is a rank, and
/// the first writes and reports.
int run_command(const RunOptions& options);

/// The command of a process that `--hosts` has started on some host: it reads its order from standard input. Returns
/// the exit code.
int join_command();

}  // namespace tandem
