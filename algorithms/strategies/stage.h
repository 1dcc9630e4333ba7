// A pipeline stage: some parts of the model on one rank (its chunks; most schedules have one), the micro-batches in
// flight through them, and the messages to the stages that hold the neighbouring parts. A schedule (schedules/) is the
// order in which it plays its slots.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/chunks.h"
#include "algorithms/strategies/stage_part.h"

namespace tandem {

class Stage {
 public:
  /// The pipeline is all of `comm`, each stage's layers are cut among `shards`, and batches have so many samples.
  Stage(Comm& comm, Comm& shards, const Job& job, std::size_t samples);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  std::size_t chunks() const { return held_.size(); }
  StagePart& part(std::size_t chunk) { return *held_[chunk].part; }
  bool has_last_layer() const { return has_last_layer_; }

  /// Cuts the global batch into micro-batches and posts the receives of everything that will arrive in the step.
  void begin_step(const std::vector<std::uint32_t>& rows);
  void play(const Slot& slot);
  /// Waits until everything that was sent has left. Returns the step's loss, which rides back on the gradients.
  double end_step();

 private:
  // What is posted, by direction: each has an op for a micro-batch.
  enum Direction { kActivationIn, kActivationOut, kGradientIn, kGradientOut, kDirections };
  struct Held {
    Chunk chunk;
    std::unique_ptr<StagePart> part;
    std::vector<Meta> losses;  ///< what came with each gradient
  };

  enum Border { kBefore, kAfter };
  int activation_tag(std::size_t c, std::size_t m, Border border) const;
  int gradient_tag(std::size_t c, std::size_t m, Border border) const;

  /// Takes micro-batch m from the part before, and sends its activations on.
  void forward(std::size_t c, std::size_t m);
  /// Takes the gradient of micro-batch m from the part after it
  /// (the last part: from the loss). Requires forward(c, m).
  void take_gradient(std::size_t c, std::size_t m);
  /// Sends the gradient of the chunk's input back.
  void send_gradient(std::size_t c, std::size_t m);

  std::size_t microbatches() const { return microbatches_; }
  Op& op(Direction direction, std::size_t c, std::size_t m) {
    return ops_[(direction * chunks() + c) * microbatches() + m];
  }

  Comm& comm_;
  std::size_t microbatches_;
  std::vector<Held> held_;
  bool has_last_layer_ = false;
  double loss_ = 0;
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem
