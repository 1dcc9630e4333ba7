// The keys `checkpoint` and `faults`, and what they cannot mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/scenario/rules.h"

namespace tandem {

Mapping<CheckpointSpec> checkpoint_fields();
/// What they say, or "none", which a grid may set beside it.
Type<std::optional<CheckpointSpec>> checkpoint_or_none();
Type<std::optional<FaultTime>> fault_time();
Type<std::vector<FaultSpec>> fault_list();

/// Why these checkpoints and faults cannot be had in the scenario's world, by its strategy.
std::optional<Conflict> checkpoint_conflict(const Scenario& scenario);

/// Why the strategy cannot take any, for people.
std::string why_no_checkpoints(const Scenario& scenario);

/// Whether ranks are to end: not all faults are hosts that hang.
bool has_failures(const Scenario& scenario);
/// Whether the others are to go on when they do; if not, all start again.
bool survives_failures(const Scenario& scenario);

/// The rank that a fault is to hit.
int rank_of(const Victim& victim, const Scenario& scenario);
/// For the whole cluster, by the faults at random; nothing where there are none.
std::optional<double> mtbf_of_cluster_s(const Scenario& scenario);

}  // namespace tandem
