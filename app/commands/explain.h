// tandem explain: what a scenario will do, by formula. Nothing of the scenario itself is run, and nothing is written.
#pragma once

#include "app/commands/command.h"

namespace tandem {

struct ExplainOptions {
  ScenarioOptions scenario;
  bool json = false;
};

void add_explain(CLI::App& app, ExplainOptions& options);

/// On standard output: the scenario with all defaults; for each point the traffic of a step, the least time of a step
/// and what binds it; what the simulated network charges; how long the simulations will take, by a short one that is
/// timed now; swept keys that cannot show. With --json every point's scenario is whole. To be called by a process that
/// runs no simulation of its own.
int explain_command(const ExplainOptions& options);

}  // namespace tandem
