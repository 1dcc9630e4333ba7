// ZB-H1 (Qi et al., "Zero bubble pipeline parallelism", ICLR 2024): 1F1B whose backward pass is cut in two. The stage
// before waits for the gradient of the input alone; that of the weights fills gaps.
//
//   cost: the bubble is (p-1) (t_f + t_b - t_w + 4 t_c) for p stages with backward times t_b (input) and t_w (weights)
//   and t_c for a message; a stage holds the activations of at most p micro-batches, as 1F1B's first does
#include "algorithms/schedules/zero_bubble.h"

namespace tandem::schedules {
namespace {

std::vector<Slot> slots(int stage, int stages, int /*chunks*/, int microbatches) {
  return zero_bubble_slots(stages - stage, stages, microbatches);
}

}  // namespace

Schedule zb_h1() {
  return {.name = "zb-h1",
          .doc = "1F1B with the weights' gradients in its gaps: a third of the bubble, the same memory",
          .paper = "Qi et al. 2024",
          .slots = slots};
}

}  // namespace tandem::schedules
