// ZB-V (Qi et al., "Zero bubble pipeline parallelism", ICLR 2024): each stage holds two parts of the model, which lie
// as a V: down from the first stage to the last, and up again. So the first stage sees the loss, and gradients of the
// second part come back at once.
//
//   cost: no bubble where a part's forward, input and weight gradient take equally long, messages are free and there
//   are at least 2p - 1 micro-batches; a stage holds the activations of at most p micro-batches (2p of half a stage)
#include <algorithm>

#include "algorithms/schedules/schedule.h"

namespace tandem::schedules {
namespace {

constexpr int kChunks = 2;

int part(int stage, int stages, int chunk) { return chunk == 0 ? stage : 2 * stages - 1 - stage; }

/// Counts what a stage has done with each chunk.
struct Order {
  std::vector<Slot> slots;
  int forwards[kChunks] = {}, inputs[kChunks] = {}, weights[kChunks] = {};

  void forward(int chunk) { slots.push_back({SlotWork::forward, forwards[chunk]++, chunk}); }
  void input(int chunk) { slots.push_back({SlotWork::backward_input, inputs[chunk]++, chunk}); }
  void weight(int chunk) { slots.push_back({SlotWork::backward_weight, weights[chunk]++, chunk}); }
};

std::vector<Slot> slots(int stage, int stages, int /*chunks*/, int microbatches) {
  // Fewer would not fill it: the order is that of enough, without the slots of those that are not there.
  const int enough = std::max(2 * stages - 1, microbatches);
  Order order;
  // Until the second part's first micro-batch arrives, only the first part has work.
  for (int i = 0; i < 2 * (stages - stage) - 1; ++i) order.forward(0);
  for (int i = 0; i < stage; ++i) order.forward(1), order.forward(0);
  for (int i = 0; i < stages - stage; ++i) order.forward(1), order.input(1), order.weight(1);
  while (order.forwards[1] < enough) {
    if (order.forwards[0] < enough) order.forward(0);
    order.input(0), order.weight(0);
    order.forward(1), order.input(1), order.weight(1);
  }
  // The gradients of the inputs hurry back; those of the weights fill the end.
  for (int i = 0; i < stage; ++i) order.input(0), order.input(1);
  for (int i = 0; i < stages - stage; ++i) order.input(0), order.weight(0);
  while (order.weights[1] < enough) order.weight(1);
  while (order.weights[0] < enough) order.weight(0);
  std::erase_if(order.slots, [microbatches](const Slot& slot) { return slot.microbatch >= microbatches; });
  return order.slots;
}

}  // namespace

Schedule zb_v() {
  return {.name = "zb-v",
          .doc = "no bubble with 1F1B's memory: two parts of the model per stage, down and up again",
          .paper = "Qi et al. 2024",
          .least_chunks = kChunks,
          .most_chunks = kChunks,
          .part = part,
          .slots = slots};
}

}  // namespace tandem::schedules
