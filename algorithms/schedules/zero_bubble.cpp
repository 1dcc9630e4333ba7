#include "algorithms/schedules/zero_bubble.h"

#include <algorithm>

namespace tandem {

std::vector<Slot> zero_bubble_slots(int warm_up, int most, int microbatches) {
  std::vector<Slot> order;
  int forwards = 0, weights = 0;
  while (forwards < std::min(warm_up, microbatches)) order.push_back({SlotWork::forward, forwards++});
  for (int inputs = 0; inputs < microbatches; ++inputs) {
    order.push_back({SlotWork::backward_input, inputs});
    const bool is_full = forwards - weights >= most;
    if (is_full || forwards == microbatches) order.push_back({SlotWork::backward_weight, weights++});
    if (forwards < microbatches) order.push_back({SlotWork::forward, forwards++});
  }
  while (weights < microbatches) order.push_back({SlotWork::backward_weight, weights++});
  return order;
}

}  // namespace tandem
