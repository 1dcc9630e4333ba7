// tandem bench-collectives: how long all-reduces take by size, in any world, in the columns of nccl-tests.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tandem {

struct BenchCollectivesOptions {
  std::vector<std::string> collectives = {"auto"};
  std::string min = "4B", max = "64MiB";
  int factor = 4;
  std::string time;                    ///< of the timed all-reduces of a size; empty: 200ms, in sim a single one
  std::vector<std::string> overrides;  ///< keys of a scenario that describe the world: world, cluster, sim, timeout
  std::string hostfile;                ///< mpi: the hosts, for mpirun
  std::string csv;                     ///< the rows as a file, too
  bool force = false;                  ///< replace that file
  bool json = false;                   ///< print them as JSON instead of the table
  std::vector<std::string> arguments;  ///< all of the command line: what the processes of an MPI job are started with
};

void add_bench_collectives(CLI::App& app, BenchCollectivesOptions& options);

/// Returns the exit code: 0 ok, 3 a result was wrong. Throws UsageError before anything is run, RunFailed.
int bench_collectives_command(const BenchCollectivesOptions& options);

}  // namespace tandem
