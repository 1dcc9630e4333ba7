// One rank's part of a training run: the step loop of every strategy, and the records that the rank keeps. Validation
// is computed after the run, from the snapshots taken here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/checkpoint_keeper.h"
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

/// The role of a rank's copy of a piece.
enum class Copy {
  owned,    ///< the run's own: one rank owns each value, or a server and its replica do, with the same bits
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
  bool is_number = false;  ///< the bytes of one std::int64_t: real in phantom runs, too
};

inline constexpr const char* kParameters = "parameters";

/// The pieces that one rank holds: what a checkpoint keeps. Snapshots, final parameters and replica checks read those
/// named kParameters. What follows from the number of steps done (rates, random streams, rows) is no piece.
class State {
 public:
  void add(Piece piece) { pieces_.push_back(std::move(piece)); }
  /// Something counted, such as updates. `offset` tells those of several shards apart.
  void add_number(std::string name, std::size_t offset, std::int64_t& number);
  void add_parameters(std::size_t offset, Slice values, Copy copy) { add({kParameters, offset, values, copy}); }
  const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
};

/// The outcome of a step on this rank.
struct StepEnd {
  double loss = 0;          ///< this rank's share of the mean over the global batch
  std::size_t samples = 0;  ///< whose loss it is
  /// So many steps of the run are done, where others may have taken some without this rank; absent: it takes each.
  std::optional<std::size_t> steps_done = {};
};

/// What a stack has written down so far.
struct TrainingRecords {
  std::vector<StepRow> steps;
  std::vector<UpdateRow> updates;
  std::vector<Snapshot> snapshots;
};

/// Used by one stack: a second stack that holds state of its own, a colocated server, gets a Training of its own
/// (beside), whose rows join the first's (absorb).
class Training {
 public:
  /// Without a keeper there are no checkpoints.
  explicit Training(std::size_t evaluate_every, std::unique_ptr<CheckpointKeeper> keeper = nullptr)
      : evaluate_every_(evaluate_every), keeper_(std::move(keeper)) {}

  /// All times count from here: the start of the training loop.
  void start(double now_s) { start_s_ = now_s; }

  State& state() { return state_; }

  /// THE LOOP of every strategy's workers: for each of `steps` steps it draws the cluster's noise, runs `body`, records
  /// the step, takes a snapshot or a checkpoint where one is due, and ends when `ends` says so. It begins with the step
  /// after the checkpoint from which the run goes on. Afterwards it keeps the final parameters; the pieces of the state
  /// must live until then. Where a rank does not take every step of the run, `step` counts its own, and
  /// `own_steps(steps of the run that are done)` says how many it had taken; rows have the run's.
  void each_step(Comm& comm, std::size_t steps, const std::function<StepEnd(std::size_t step)>& body,
                 const std::function<bool(std::size_t step, const StepEnd&)>& ends,
                 const std::function<std::size_t(std::size_t done)>& own_steps = {});

  // A server's loop is driven by what arrives: it says itself what it applied and when a step's worth is done.
  /// Once the state is described, before anything else: restores it. Returns the number of steps that are done.
  std::size_t begin(Comm& comm) { return keeper_ ? keeper_->restore(comm, *this) : 0; }
  /// A server begins a step where the others could go on without it: a plan may say that it dies there.
  void server_begins_step(Comm& comm, std::size_t step) {
    if (keeper_) keeper_->may_die(comm, step);
  }
  /// This server has done what another did until it died, for which workers waited so long in vain.
  void took_over(int from, double noticed_s, double waited_s) {
    if (keeper_) keeper_->took_over(from, noticed_s, waited_s);
  }
  bool checkpoint_is_due(std::size_t steps_done) { return keeper_ && keeper_->is_due(steps_done); }
  /// Takes a checkpoint where one is due. Nothing of this stack may be under way but receives of what is sent later.
  void checkpoint_if_due(Comm& comm, std::size_t steps_done);
  void update(Comm& comm, std::size_t step, int worker, std::int64_t staleness);
  /// Keeps copies of the pieces of parameters that overlap `range` and are owned here, when validation is due.
  void snapshot_if_due(Comm& comm, std::size_t steps_done, Range range);
  /// Keeps the final parameters.
  void finish();
  /// The stack ends, in whatever way: no checkpoint is being written after that.
  void leave() {
    if (keeper_) keeper_->abandon();
  }

  Training beside() const;
  void absorb(Training&& other);

  double start_s() const { return start_s_; }
  TrainingRecords& records() { return records_; }
  const std::vector<StepRow>& steps() const { return records_.steps; }
  const std::vector<UpdateRow>& updates() const { return records_.updates; }
  const std::vector<Snapshot>& snapshots() const { return records_.snapshots; }
  const std::vector<Snapshot>& owned() const { return owned_; }
  const std::vector<Snapshot>& replicas() const { return replicas_; }

 private:
  std::size_t evaluate_every_;
  std::unique_ptr<CheckpointKeeper> keeper_;
  double start_s_ = 0;
  State state_;
  TrainingRecords records_;
  std::vector<Snapshot> owned_, replicas_;
};

}  // namespace tandem
