// tandem sweep: a grid on the machines of a batch system, or on hosts that ssh reaches. Slurm and GNU parallel do the
// work; this writes what they need.
#pragma once

#include <filesystem>
#include <string>

#include "app/commands/command.h"

namespace tandem {

struct SweepOptions {
  ScenarioOptions scenario;
  StudyOptions study;
  std::string on;    ///< "slurm", "local" or "ssh:HOST,HOST"
  int shards = 0;    ///< 0: one per run, as far as the batch system allows
  std::string more;  ///< options for sbatch or parallel, as they are
  bool is_submitted = false;
};

void add_sweep(CLI::App& app, SweepOptions& options);

/// Makes the sweep's folder with a script that starts its parts and gathers them; with `is_submitted` starts it, too.
/// Returns 0, or what the script returns. Throws UsageError before anything is written.
int sweep_command(const SweepOptions& options);

}  // namespace tandem
