// tandem rank, which no person types: what mpirun starts as many times as a run has ranks.
#pragma once

#include <filesystem>

namespace CLI {
class App;
}

namespace tandem {

struct RankOptions {
  std::filesystem::path directory;  ///< of the run; its order is there
};

void add_rank(CLI::App& app, RankOptions& options);

/// Dies with the process that started it. Returns the exit code.
int rank_command(const RankOptions& options);

}  // namespace tandem
