#include "algorithms/schedules/schedule.h"

#include <fmt/format.h>

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

bool splits_backward(const std::vector<Slot>& slots) {
  return std::any_of(slots.begin(), slots.end(), [](const Slot& slot) {
    return slot.work == SlotWork::backward_input || slot.work == SlotWork::backward_weight;
  });
}

std::optional<std::string> refusal_of(const Schedule& schedule, int stages, int chunks, int microbatches) {
  if (chunks < schedule.least_chunks || chunks > schedule.most_chunks) {
    return schedule.least_chunks == schedule.most_chunks
               ? fmt::format("a stage of {} holds {} of the model's parts, not {}", schedule.name,
                             schedule.least_chunks, chunks)
               : fmt::format("a stage of {} holds {} to {} of the model's parts, not {}", schedule.name,
                             schedule.least_chunks, schedule.most_chunks, chunks);
  }
  return schedule.refusal ? schedule.refusal(stages, chunks, microbatches) : std::nullopt;
}

}  // namespace tandem
