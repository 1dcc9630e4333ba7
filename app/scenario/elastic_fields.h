// The key `elastic`: the number of workers changes while they train.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/scenario/rules.h"

namespace tandem {

Type<std::vector<WorkerChange>> elastic_list();

/// Why the number of workers cannot change as the scenario says.
std::optional<Conflict> elastic_conflict(const Scenario& scenario);

/// Why another number of workers cannot go on with what these have done; empty if it can.
std::optional<std::string> resharding_refusal(const Scenario& scenario);

/// Steps [begin, end) that one number of workers takes.
struct WorkersForSteps {
  int workers = 1;
  std::size_t begin = 0, end = 0;
  std::string because = {};  ///< the key that has changed their number, "elastic" or "faults"; empty: the first
};
/// What `elastic`, and failures at steps with `shrink`, plan for a run of so many steps, in order. Steps that a failure
/// loses are those of the workers who take them anew.
std::vector<WorkersForSteps> planned_workers(const Scenario& scenario, std::size_t steps);
/// The fewest that failures with `shrink` may leave of so many, where the scenario does not say at which step they
/// come.
int fewest_after_failures(const Scenario& scenario, int workers);
/// How many workers train once so many steps are done, unless some fail.
int workers_after(const Scenario& scenario, std::size_t steps);
/// The most that there can be at any time.
int most_workers(const Scenario& scenario);
/// The same work by another number of workers.
Scenario with_workers(Scenario scenario, int workers);

}  // namespace tandem
