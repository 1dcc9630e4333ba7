// tandem rank, which no person types: what mpirun, and run --hosts, start as many times as a run has ranks.
#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace tandem {

struct RankOptions {
  std::filesystem::path directory;  ///< of the run; its order is there
  bool joins = false;               ///< a process of --hosts: its order comes by standard input
};

void add_rank(CLI::App& app, RankOptions& options);

/// Dies with the process that started it. Returns the exit code.
int rank_command(const RankOptions& options);

}  // namespace tandem
