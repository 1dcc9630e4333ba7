// 1F1B (Narayanan et al., "PipeDream: generalized pipeline parallelism for DNN training", SOSP 2019; with a flush after
// every step as in Megatron-LM, SC 2021): after a warm-up of as many forwards as stages lie behind, each stage
// alternates between one forward and one backward, oldest first.
//
//   cost: GPipe's bubble, (p-1) (t_f + t_b); but stage s holds the activations of at most p - s micro-batches
#include <algorithm>

#include "algorithms/schedules/schedule.h"

namespace tandem::schedules {
namespace {

std::vector<Slot> slots(int stage, int stages, int /*chunks*/, int microbatches) {
  const int warm_up = std::min(stages - stage - 1, microbatches);
  std::vector<Slot> order;
  for (int m = 0; m < warm_up; ++m) order.push_back({SlotWork::forward, m});
  for (int m = warm_up; m < microbatches; ++m) {
    order.push_back({SlotWork::forward, m});
    order.push_back({SlotWork::backward, m - warm_up});
  }
  for (int m = microbatches - warm_up; m < microbatches; ++m) order.push_back({SlotWork::backward, m});
  return order;
}

}  // namespace

Schedule one_f_one_b() {
  return {.name = "1f1b",
          .doc = "one forward, one backward: GPipe's bubble with the activations of p micro-batches instead of all",
          .paper = "Narayanan et al. 2019, 2021",
          .slots = slots};
}

}  // namespace tandem::schedules
