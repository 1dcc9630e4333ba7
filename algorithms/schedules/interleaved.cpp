// Interleaved 1F1B (Narayanan et al., "Efficient large-scale language model training on GPU clusters using
// Megatron-LM", SC 2021): each stage holds v parts of the model, so that a micro-batch passes all stages v times.
// Micro-batches go through in groups of p, a group through all parts of a stage before the next.
//
//   cost: the bubble is (p-1) (t_f + t_b) / v for p stages; v times the messages of 1F1B, and more activations: the
//   first stage holds those of p (1 + (p-1)/(p v)) micro-batches
#include <fmt/format.h>

#include <algorithm>

#include "algorithms/schedules/schedule.h"

namespace tandem::schedules {
namespace {

std::vector<Slot> slots(int stage, int stages, int chunks, int microbatches) {
  const int total = microbatches * chunks;
  const auto slot = [=](SlotWork work, int number) {
    const int group = number / (stages * chunks), in_group = number % (stages * chunks);
    const int chunk = in_group / stages;
    return Slot{work, group * stages + in_group % stages, work == SlotWork::forward ? chunk : chunks - 1 - chunk};
  };
  const int warm_up = std::min(total, 2 * (stages - stage - 1) + (chunks - 1) * stages);
  std::vector<Slot> order;
  for (int i = 0; i < warm_up; ++i) order.push_back(slot(SlotWork::forward, i));
  for (int i = warm_up; i < total; ++i) {
    order.push_back(slot(SlotWork::forward, i));
    order.push_back(slot(SlotWork::backward, i - warm_up));
  }
  for (int i = total - warm_up; i < total; ++i) order.push_back(slot(SlotWork::backward, i));
  return order;
}

std::optional<std::string> refusal(int stages, int /*chunks*/, int microbatches) {
  if (microbatches % stages == 0) return std::nullopt;
  return fmt::format(
      "interleaved takes micro-batches in groups of as many as there are stages, and {} are no multiple of {}",
      microbatches, stages);
}

}  // namespace

Schedule interleaved() {
  return {.name = "interleaved",
          .doc = "1F1B over several parts of the model per stage: 1/v of its bubble for v times its messages",
          .paper = "Narayanan et al. 2021",
          .least_chunks = 2,
          .most_chunks = 1000,
          .slots = slots,
          .refusal = refusal};
}

}  // namespace tandem::schedules
