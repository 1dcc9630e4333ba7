// What the two handcrafted zero-bubble schedules of one chunk share: they differ in how many micro-batches may be in
// flight.
#pragma once

#include <vector>

#include "algorithms/schedules/schedule.h"

namespace tandem {

/// `warm_up` forwards; then a backward of the input and a forward in turns, oldest first. A gradient of the weights is
/// computed only where `most` micro-batches are in flight, and once there are no forwards left: until then it waits for
/// a gap.
std::vector<Slot> zero_bubble_slots(int warm_up, int most, int microbatches);

}  // namespace tandem
