// A pipeline stage: some parts of the model on one rank (its chunks; most schedules have one), the micro-batches in
// flight through them, and the messages to the stages that hold the neighbouring parts. A schedule (schedules/) is the
// order in which it plays its slots.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "algorithms/model/replica.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/chunks.h"

namespace tandem {

class Stage {
 public:
  /// The pipeline is all of `comm`, and batches have so many samples.
  Stage(Comm& comm, const Job& job, std::size_t samples);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  std::size_t chunks() const { return held_.size(); }
  Replica& replica(std::size_t chunk) { return held_[chunk].replica; }
  bool has_last_layer() const;

  /// Cuts the global batch into micro-batches and posts the receives of everything that will arrive in the step.
  void begin_step(const std::vector<std::uint32_t>& rows);
  void play(const Slot& slot);
  /// Waits until everything that was sent has left. Returns the step's loss, which rides back on the gradients.
  double end_step();

 private:
  // What is posted, by direction: each has an op for a micro-batch.
  enum Direction { kActivationIn, kActivationOut, kGradientIn, kGradientOut, kDirections };
  struct Held {
    Held(Comm& comm, const Job& job, const Chunk& its_chunk) : chunk(its_chunk), replica(comm, job, chunk.layers) {}

    Chunk chunk;
    Replica replica;
    std::vector<Pass> passes;          ///< one for each micro-batch
    std::optional<Pass> shared_inner;  ///< the inner layers that recomputed micro-batches take turns with
    std::vector<Meta> losses;          ///< what came with each gradient
  };

  enum Border { kBefore, kAfter };
  int activation_tag(std::size_t c, std::size_t m, Border border) const;
  int gradient_tag(std::size_t c, std::size_t m, Border border) const;

  /// Takes micro-batch m from the part before, and sends its activations on.
  void forward(std::size_t c, std::size_t m);
  /// Goes forward again if m's activations were not kept. Takes the gradient of micro-batch m from the part after it
  /// (the last part: from the loss). Requires forward(c, m).
  void take_gradient(std::size_t c, std::size_t m);
  /// Sends the gradient of the chunk's input back.
  void send_gradient(std::size_t c, std::size_t m);

  std::size_t microbatches() const { return microbatches_; }
  Op& op(Direction direction, std::size_t c, std::size_t m) {
    return ops_[(direction * chunks() + c) * microbatches() + m];
  }
  bool recomputes(std::size_t m) const;

  Comm& comm_;
  std::size_t microbatches_;
  Recompute recompute_;
  std::deque<Held> held_;
  double loss_ = 0;
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem
