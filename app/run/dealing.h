// How the runs of a sweep are dealt to its shards.
#pragma once

#include <vector>

#include "app/run/execute.h"

namespace tandem {

/// What a run will cost, roughly, in seconds of one core: its messages and its arithmetic where it is simulated, the
/// least time of its steps where it is real. Nothing is timed for it.
double predicted_cost_s(const Run& run);

/// The shard (from 0) of each run: the most expensive first, each to the shard that has the least so far. So no shard
/// has more than an equal share and one run (Graham 1969).
std::vector<int> deal(const std::vector<double>& costs_s, int shards);

}  // namespace tandem
