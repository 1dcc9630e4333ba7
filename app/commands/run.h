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
  std::string listen;                              ///< tcp, started by a launcher: where process 0 listens
};

/// Returns the exit code: 0 ok, 1 a run failed, 3 a check did not hold, 130 interrupted. Throws UsageError before
/// anything was run or written. Where mpirun, srun or torchrun started several of this process, all of them are the
/// ranks, and the first writes and speaks.
int run_command(const RunOptions& options);

}  // namespace tandem
