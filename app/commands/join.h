// tandem join: workers join a run that trains, or leave it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace CLI {
class App;
}

namespace tandem {

struct JoinOptions {
  std::filesystem::path folder;  ///< the run's, or that of its study
  std::optional<int> workers;    ///< absent: as many as the hosts have places, or one
  std::string hosts;             ///< that come with them
  bool leave = false;
  double wait_s = 300;  ///< for the run's next step
};

void add_join(CLI::App& app, JoinOptions& options);

/// Asks, and waits for what becomes of it. Returns the exit code; throws UsageError where the run refuses, or there is
/// none, and RunFailed where it ends before.
int join_run_command(const JoinOptions& options);

}  // namespace tandem
