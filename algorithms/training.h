// One rank's part of a training run: the step loop that every strategy trains in, and what the rank writes down while
// it trains. Validation is computed after the run, from the snapshots taken here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
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

/// What a rank's copy of a piece is to the run.
enum class Copy {
  owned,    ///< the run's own: exactly one rank owns each value
  replica,  ///< bit-identical to the owner's at the end of the run, which is checked
  version,  ///< differs from the owner's by design: a stale copy, or one of several models that are averaged
};

/// A named part of what a run must keep to go on: parameters, optimizer moments, residuals, ... `values` covers
/// [offset, offset + count) of the model's flat vector and stays where it is until the training ends.
struct Piece {
  std::string name;
  std::size_t offset = 0;
  Slice values;
  Copy copy = Copy::owned;
};

inline constexpr const char* kParameters = "parameters";

/// The pieces that one rank holds. Snapshots, final parameters and replica checks read those named kParameters.
class State {
 public:
  void add(Piece piece) { pieces_.push_back(std::move(piece)); }
  void add_parameters(std::size_t offset, Slice values, Copy copy) { add({kParameters, offset, values, copy}); }
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
};

/// What a step came to on this rank.
struct StepEnd {
  double loss = 0;          ///< this rank's share of the mean over the global batch
  std::size_t samples = 0;  ///< whose loss it is
};

/// Used by one stack: a second stack that holds state of its own, a colocated server, gets a Training of its own
/// (beside), whose rows join the first's (absorb).
class Training {
 public:
  explicit Training(std::size_t evaluate_every) : evaluate_every_(evaluate_every) {}

  /// All times count from here: the start of the training loop.
  void start(double now_s) { start_s_ = now_s; }

  State& state() { return state_; }

  /// THE LOOP of every strategy's workers: for each of `steps` steps it draws the cluster's noise, runs `body`, records
  /// the step, takes a snapshot where validation is due, and ends when `ends` says so. Afterwards it keeps the final
  /// parameters; the pieces of the state must live until then.
  void each_step(Comm& comm, std::size_t steps, const std::function<StepEnd(std::size_t step)>& body,
                 const std::function<bool(std::size_t step, const StepEnd&)>& ends);

  // A server's loop is driven by what arrives: it says itself what it applied and when a step's worth is done.
  void update(Comm& comm, std::size_t step, int worker, std::int64_t staleness);
  /// Keeps copies of the pieces of parameters that overlap `range` and are owned here, when validation is due.
  void snapshot_if_due(Comm& comm, std::size_t steps_done, Range range);
  /// Keeps the final parameters.
  void finish();

  Training beside() const;
  void absorb(Training&& other);

  const std::vector<StepRow>& steps() const { return steps_; }
  const std::vector<UpdateRow>& updates() const { return updates_; }
  const std::vector<Snapshot>& snapshots() const { return snapshots_; }
  const std::vector<Snapshot>& owned() const { return owned_; }
  const std::vector<Snapshot>& replicas() const { return replicas_; }

 private:
  std::size_t evaluate_every_;
  double start_s_ = 0;
  State state_;
  std::vector<StepRow> steps_;
  std::vector<UpdateRow> updates_;
  std::vector<Snapshot> snapshots_, owned_, replicas_;
};

}  // namespace tandem
