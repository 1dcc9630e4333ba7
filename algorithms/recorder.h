// What a rank writes down while it trains. Nothing here communicates or touches the clock's cost: validation is
// computed after the run from the snapshots taken here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/comm.h"

namespace tandem {

/// A worker ended a step. `loss` is its share of the mean over the global batch.
struct StepRow {
  std::size_t step = 0;
  double time_s = 0;
  double loss = 0;
  std::size_t samples = 0;
};

/// A server applied a worker's gradient that was computed `staleness` updates ago.
struct UpdateRow {
  std::size_t step = 0;
  double time_s = 0;
  int worker = 0;
  std::int64_t staleness = 0;
};

/// A copy of parameters [offset, offset + values.size()) after `step` steps.
struct Snapshot {
  std::size_t step = 0;
  double time_s = 0;
  std::size_t offset = 0;
  std::vector<float> values;
};

class Recorder {
 public:
  explicit Recorder(std::size_t evaluate_every) : evaluate_every_(evaluate_every) {}

  /// Zero of all times here: the start of the training loop.
  void start(double now_s) { start_s_ = now_s; }

  void step(Comm& comm, std::size_t step, double loss, std::size_t samples);
  void update(Comm& comm, std::size_t step, int worker, std::int64_t staleness);
  /// Keeps a copy when validation is due after `steps_done` steps. Exactly one rank calls it for each parameter.
  void snapshot_if_due(Comm& comm, std::size_t steps_done, std::size_t offset, Slice parameters);
  /// The final parameters. Exactly one rank `owns` each; replicas elsewhere are given too and are compared with it.
  void finish(std::size_t offset, Slice parameters, bool owns);

  const std::vector<StepRow>& steps() const { return steps_; }
  const std::vector<UpdateRow>& updates() const { return updates_; }
  const std::vector<Snapshot>& snapshots() const { return snapshots_; }
  const std::vector<Snapshot>& owned() const { return owned_; }
  const std::vector<Snapshot>& replicas() const { return replicas_; }

 private:
  std::size_t evaluate_every_;
  double start_s_ = 0;
  std::vector<StepRow> steps_;
  std::vector<UpdateRow> updates_;
  std::vector<Snapshot> snapshots_, owned_, replicas_;
};

}  // namespace tandem
