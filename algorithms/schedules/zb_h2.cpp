// ZB-H2 (Qi et al., "Zero bubble pipeline parallelism", ICLR 2024): as many forwards at the start as fill the time
// until the first gradient comes back; the gradients of the weights fill the end.
//
//   cost: the bubble is (p-1) (t_f + t_b - 2 t_w + 2 t_c) for p stages, none where all three take equally long; a stage
//   holds the activations of at most 2p - 1 micro-batches. The bubble is counted in a stage's own span: later stages
//   begin and end later, and their next step follows at once
#include "algorithms/schedules/zero_bubble.h"

namespace tandem::schedules {
namespace {

std::vector<Slot> slots(int stage, int stages, int /*chunks*/, int microbatches) {
  return zero_bubble_slots(2 * (stages - stage) - 1, 2 * stages - 1, microbatches);
}

}  // namespace

Schedule zb_h2() {
  return {.name = "zb-h2",
          .doc = "no bubble where forward, input and weight gradient take equally long; twice the memory",
          .paper = "Qi et al. 2024",
          .slots = slots};
}

}  // namespace tandem::schedules
