// tandem run: the whole grid of a scenario, its tables and figures, and the answer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

struct RunOptions {
  std::string file;
  std::vector<std::string> overrides;  ///< key=value
  std::filesystem::path base = "results";
  std::optional<std::filesystem::path> directory;  ///< instead of base/NAME
  bool force = false;                              ///< replace a finished study
  bool json = false;                               ///< print the results as JSON instead of the table
  int jobs = 1;                                    ///< simulations at a time
  std::string hostfile;                            ///< mpi: the hosts, for mpirun
  std::string listen;                              ///< tcp, several processes: where process 0 listens
  std::string hosts;                               ///< tcp: NAME:RANKS,...; empty: ranks on this one
  std::string launcher;                            ///< how ranks are started on the other hosts
  std::string advertise;                           ///< by which address those reach this one
  std::optional<std::string> text;                 ///< of the scenario, where the file is on another host
};

/// Returns the exit code: 0 ok, 1 a run failed, 3 a check did not hold, 130 interrupted. Throws UsageError before
/// anything was run or written. Where mpirun, srun or torchrun started several of this process, all of them are the
/// ranks, and the first writes and speaks.
int run_command(const RunOptions& options);

/// One process that `--hosts` has started on some host: its summons comes by standard input. Returns the exit code.
int join_command();

}  // namespace tandem
