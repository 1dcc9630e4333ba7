#include "algorithms/schedules/schedule.h"

#include <algorithm>

namespace tandem {

int most_in_flight(const std::vector<Slot>& slots) {
  int in_flight = 0, most = 0;
  for (const Slot& slot : slots) {
    if (slot.work == SlotWork::forward) ++in_flight;
    if (slot.work == SlotWork::backward || slot.work == SlotWork::backward_weight) --in_flight;
    most = std::max(most, in_flight);
  }
  return most;
}

}  // namespace tandem
