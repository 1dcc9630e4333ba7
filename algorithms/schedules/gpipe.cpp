// GPipe's schedule (Huang et al., "GPipe: efficient training of giant neural networks using pipeline parallelism",
// NeurIPS 2019): all micro-batches go forward, then all go back, last first.
//
//   cost: the bubble is (p-1) (t_f + t_b) for p stages; a stage holds the activations of all micro-batches
#include "algorithms/schedules/schedule.h"

namespace tandem::schedules {
namespace {

std::vector<Slot> slots(int /*stage*/, int /*stages*/, int /*chunks*/, int microbatches) {
  std::vector<Slot> order;
  for (int m = 0; m < microbatches; ++m) order.push_back({SlotWork::forward, m});
  for (int m = microbatches; m-- > 0;) order.push_back({SlotWork::backward, m});
  return order;
}

}  // namespace

Schedule gpipe() {
  return {
      .name = "gpipe", .doc = "all micro-batches forward, then all back", .paper = "Huang et al. 2019", .slots = slots};
}

}  // namespace tandem::schedules
