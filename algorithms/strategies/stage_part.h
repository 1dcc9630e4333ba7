// One part of the model on one rank of a pipeline's stage: what its micro-batches compute there. The stage (stage.h)
// sends and receives what passes its borders. Where tensors are cut among several ranks, each of them has its share of
// every layer, and sends its even_part of what passes a border.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "algorithms/model/optimizer.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/chunks.h"

namespace tandem {

class StagePart {
 public:
  virtual ~StagePart() = default;

  virtual Slice parameters() = 0;
  virtual Slice gradients() = 0;
  /// Adds what stays from step to step: its parameters, and the optimizer's state where a checkpoint can have it.
  virtual void describe(State& state, Optimizer& optimizer, Copy copy) = 0;

  virtual void begin_step() {}
  /// The rows of micro-batch m, before it goes forward.
  virtual void load([[maybe_unused]] std::size_t m, [[maybe_unused]] std::span<const std::uint32_t> rows) {}
  virtual void forward(std::size_t m) = 0;
  /// What can be done before the gradient of m's output is there.
  virtual void begin_backward([[maybe_unused]] std::size_t m) {}
  /// In the place of a gradient from the part behind it: only the last part of the model has one.
  virtual double loss([[maybe_unused]] std::size_t m) { return 0; }
  /// `work` is one of the three that go backward.
  virtual void backward(std::size_t m, SlotWork work) = 0;
  virtual void end_backward([[maybe_unused]] std::size_t m) {}

  // This rank's part of what passes the borders.
  virtual Slice input(std::size_t m) = 0;
  virtual Slice output(std::size_t m) = 0;
  virtual Slice input_gradient(std::size_t m) = 0;
  virtual Slice output_gradient(std::size_t m) = 0;
};

/// A part of a stage whose tensors are cut among all of `shards`, for micro-batches of so many samples.
std::unique_ptr<StagePart> make_stage_part(Comm& shards, const Job& job, const Chunk& chunk, int number,
                                           const std::vector<std::size_t>& samples);

}  // namespace tandem
