// tandem explain: predicts by formula what a scenario will do. It runs no part of the scenario and writes nothing.
#pragma once

#include "app/commands/command.h"

namespace tandem {

struct ExplainOptions {
  ScenarioOptions scenario;
  bool json = false;
  std::string against;  ///< a log of nccl-tests to judge by the scenario's hardware, instead
};

void add_explain(CLI::App& app, ExplainOptions& options);

/// Prints the scenario with all defaults; per point the traffic of a step, its least time and what binds it; what the
/// simulated network charges; how long the simulations will take, extrapolated from a short one that is timed now; and
/// swept keys that cannot have a visible effect. With --json every point's scenario is whole. The calling process must
/// run no simulation of its own.
int explain_command(const ExplainOptions& options);

}  // namespace tandem
