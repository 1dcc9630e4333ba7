// What ranks have left behind that are there no more, because the number of workers has changed: rank 0 keeps it for
// the run's result, in its part of every checkpoint.
#pragma once

#include <string>
#include <vector>

#include "app/run/checkpoints.h"

namespace tandem {

/// The name of such an entry.
std::string departed_entry(std::size_t index);

/// The number of workers that have taken a checkpoint.
int workers_of(const CheckpointManifest& manifest);

/// What is to be known where so many workers go on from a checkpoint. Throws UsageError where it is damaged.
Membership membership_of(const Resumption& from, int workers);

}  // namespace tandem
