// Who keeps the checkpoints of a training run. Strategies do not see it: Training calls it between steps.
#pragma once

#include <cstddef>
#include <memory>

#include "core/comm.h"

namespace tandem {

class Training;

/// One stack's side of it; every stack that holds state takes part in every checkpoint. A wait throws as Comm's do.
class CheckpointKeeper {
 public:
  virtual ~CheckpointKeeper() = default;

  /// The keeper of a second stack of this rank that holds state of its own.
  virtual std::unique_ptr<CheckpointKeeper> beside() const = 0;

  /// Before the first step: puts back what a checkpoint holds of the training's state and records, and returns how many
  /// steps it has; 0 where the run begins anew. Blocks until all stacks may begin.
  virtual std::size_t restore(Comm& comm, Training& training) = 0;
  /// So many steps are done. Whether a checkpoint is to be taken: all stacks agree.
  virtual bool is_due(std::size_t steps_done) = 0;
  /// Takes it. Blocks for as long as training has to wait.
  virtual void save(Comm& comm, Training& training, std::size_t steps_done) = 0;
  /// Waits for what is still being written.
  virtual void finish() = 0;
  /// Gives up what is still being written: the stack is going.
  virtual void abandon() = 0;
  /// This rank begins a step.
  virtual void step_begins(Comm& comm, std::size_t step) = 0;
  /// This rank ends here if a plan says so, and the others go on.
  virtual void may_die(Comm& comm, std::size_t step) = 0;
  /// This rank has taken the place of another, whose death was noticed then, and for which workers waited so long in
  /// vain.
  virtual void took_over(int from, double noticed_s, double waited_s) = 0;
};

}  // namespace tandem
