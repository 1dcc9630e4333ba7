// tandem rank is not typed by people: mpirun and `run --hosts` start it once per rank of a run.
#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace tandem {

struct RankOptions {
  std::filesystem::path directory;  ///< the run's folder, which holds its order
  bool joins = false;               ///< a process of --hosts, which reads its order from standard input
};

void add_rank(CLI::App& app, RankOptions& options);

/// Dies with the process that started it. Returns the exit code.
int rank_command(const RankOptions& options);

}  // namespace tandem
