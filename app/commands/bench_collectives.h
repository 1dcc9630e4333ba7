// tandem bench-collectives: how long collectives take by size, in any world, in the columns of nccl-tests.
#pragma once

#include <string>
#include <vector>

#include "app/commands/measure.h"

namespace tandem {

struct BenchCollectivesOptions {
  MeasureOptions world;
  std::vector<std::string> operations = {"all-reduce"};
  std::vector<std::string> collectives;  ///< algorithms; empty: auto, where there is none all
  int root = 0;
  std::string min = "4B", max = "64MiB";
  int factor = 4;
  std::string time;    ///< how long to time each size; empty: 200ms, in a simulation a single call
  std::string csv;     ///< the rows as a file, too
  bool force = false;  ///< replace that file
  bool json = false;   ///< print them as JSON instead of the table
};

void add_bench_collectives(CLI::App& app, BenchCollectivesOptions& options);

/// Returns the exit code: 0 ok, 3 a result was wrong. Throws UsageError before anything is run, RunFailed.
int bench_collectives_command(const BenchCollectivesOptions& options);

}  // namespace tandem
