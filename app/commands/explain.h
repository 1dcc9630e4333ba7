// tandem explain: what a scenario will do, by formula. Of the scenario itself nothing is run, and nothing is written.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tandem {

struct ExplainOptions {
  std::string file;
  std::vector<std::string> overrides;  ///< key=value
  bool json = false;
};

void add_explain(CLI::App& app, ExplainOptions& options);

/// On stdout: the scenario with all defaults; for each point its traffic a step, the least time of a step and what
/// binds it; what the simulated network charges; how long the simulations will take, by a short one that is timed now;
/// swept keys that cannot show. With --json every point's scenario is whole. To be called by a process that runs no
/// simulation of its own.
int explain_command(const ExplainOptions& options);

}  // namespace tandem
