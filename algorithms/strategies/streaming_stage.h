// A stage of a pipeline that is never flushed: batches follow each other, and each goes back with the weights that it
// went forward with.
#pragma once

#include <deque>
#include <vector>

#include "algorithms/model/optimizer.h"
#include "algorithms/model/replica.h"

namespace tandem {

/// Which versions of its weights a stage keeps: one for each batch in flight, or two.
enum class Weights { stashed, double_buffered };

struct PipeDreamOptions {
  int microbatches = 1;
  Weights weights = Weights::stashed;
};

/// The layers of a stage: cut by cost, one stage per worker.
Range streaming_layers(const Job& job, int rank);

class StreamingStage {
 public:
  StreamingStage(Comm& comm, const Job& job, Training& training);
  StreamingStage(const StreamingStage&) = delete;
  StreamingStage& operator=(const StreamingStage&) = delete;

  bool has_last_layer() const { return replica_.has_last_layer(); }

  /// One batch goes back, and as many micro-batches forward; before the first as many more as stages lie behind. Then
  /// the weights are updated. Returns the batch's loss, which the last stage alone knows.
  double step(std::size_t step, Training& training);
  /// Waits until everything that was sent has left.
  void end() { comm_.wait_all(ops_); }

 private:
  enum Direction { kActivationIn, kActivationOut, kGradientIn, kGradientOut, kDirections };
  std::size_t slot(std::size_t k) const { return k % (ahead_ + 1); }
  Op& op(Direction direction, std::size_t k) { return ops_[direction * (ahead_ + 1) + slot(k)]; }
  void wait(Direction direction, std::size_t k);
  /// Gets ready for micro-batch k of the run.
  void expect(std::size_t k);
  void forward(std::size_t k);
  void backward(std::size_t k);
  void keep_weights(Buffer& into);

  Comm& comm_;
  const Job& job_;
  std::size_t microbatches_, ahead_;  ///< ahead: micro-batches in flight, this stage's and those behind it
  bool is_stashed_;
  Replica replica_;
  Optimizer optimizer_;
  std::size_t forwards_ = 0, updates_ = 0;
  double loss_ = 0;
  std::vector<Pass> passes_;             ///< a ring: one more than in flight, to receive into
  std::deque<Buffer> old_weights_;       ///< stashed: one for each in flight; else those before the last update
  std::vector<std::size_t> updates_of_;  ///< that the weights had which each pass went forward with
  std::vector<Op> ops_;
  CancelGuard guard_;
};

}  // namespace tandem
