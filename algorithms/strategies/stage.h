// A pipeline stage: some layers of the model on one rank, the micro-batches in flight through them, and the messages to
// the neighbours. A schedule (schedules/) is the order in which it plays its slots.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "algorithms/model/replica.h"
#include "algorithms/schedules/schedule.h"

namespace tandem {

/// Which micro-batches' activations a pipeline computes anew for the backward pass instead of keeping them.
enum class Recompute { none, all, except_last };

struct PipelineOptions {
  int microbatches = 1;
  std::string schedule = "gpipe";
  Recompute recompute = Recompute::none;
};

/// The layers of a pipeline's stage: cut by cost, one stage a worker.
Range stage_layers(const Job& job, int rank);

class Stage {
 public:
  Stage(Comm& comm, const Job& job);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Replica& replica() { return replica_; }
  std::size_t microbatches() const { return passes_.size(); }

  /// Cuts the global batch into micro-batches and posts the receives of everything that will arrive in the step.
  void begin_step(const std::vector<std::uint32_t>& rows);
  void play(const Slot& slot);
  /// Takes micro-batch m from the stage before, and sends its activations on.
  void forward(std::size_t m);
  /// Goes forward again if m's activations were not kept. Takes the gradient of micro-batch m from the stage behind
  /// (the last stage: from the loss), and sends its input's gradient back. Requires forward(m).
  void backward(std::size_t m);
  /// Waits until everything that was sent has left. Returns the step's loss, which rides back on the gradients.
  double end_step();

 private:
  // What is posted, by direction: each has an op a micro-batch.
  enum Direction { kActivationIn, kActivationOut, kGradientIn, kGradientOut, kDirections };
  Op& op(Direction direction, std::size_t m) { return ops_[direction * microbatches() + m]; }
  bool recomputes(std::size_t m) const;

  Comm& comm_;
  int previous_, next_;  // ranks
  Replica replica_;
  Recompute recompute_;
  std::vector<Pass> passes_;  // one a micro-batch
  std::optional<Pass> lent_;  // the inner layers of whichever micro-batch is computed, of those that are recomputed
  std::vector<Meta> losses_;  // what came with each gradient
  double loss_ = 0;
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem
