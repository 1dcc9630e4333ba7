// Checkpoints of a run, and the failures that it is to suffer: what every stack that holds state does between steps.
//
// A checkpoint: each stack writes its part, reports to rank 0, and goes on when rank 0 has committed the manifest. Not
// blocking, a second stack writes a copy and reports. The release that ends a checkpoint says when the next is due, so
// that intervals in seconds need no messages of their own. None of this counts as the strategy's traffic.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "app/run/checkpoint_state.h"
#include "app/run/fault_schedule.h"
#include "app/run/hangs.h"
#include "app/run/session.h"
#include "app/scenario/scenario.h"

namespace tandem {

/// A checkpoint from which a run goes on.
struct Resumption {
  std::filesystem::path checkpoint;
  CheckpointManifest manifest;
};

/// One life of a run: from its beginning, or from a failure, to the next failure or the end.
struct Attempt {
  std::optional<Resumption> from;
  bool is_restart = false;  ///< after a failure of this run
  double begins_at_s = 0;   ///< on the clock of training, where it goes on
  double start_s = 0;       ///< when training began: on the simulated clock; after a failure, on the machine's
  std::vector<PlannedFailure> failures;
  std::vector<std::size_t> hung;       ///< the faults of hosts that have hung before
  std::optional<WorkerChange> change;  ///< with which it ends
  Membership membership;

  bool goes_on() const { return from || is_restart; }
  std::size_t steps_done() const { return from ? from->manifest.step : 0; }
};

/// What the stacks of a run share; it does not change while they run.
struct CheckpointPlan {
  std::optional<CheckpointSpec> spec;
  std::filesystem::path folder;  ///< the run's
  nlohmann::ordered_json identity;
  std::vector<Holder> holders;   ///< rank 0's own stack first
  bool replicas_agree = true;    ///< after every step
  bool is_asynchronous = false;  ///< workers meet at every checkpoint, and leave it together
  bool outlives_deaths = false;  ///< some workers may die, and are then in no checkpoint
  bool notes_progress = false;   ///< for who finds a rank killed
  bool clock_goes_on = false;    ///< simulated time: an attempt begins at the time at which it goes on
  double seconds_per_byte = 0;   ///< charged per byte of state for writing, and for reading it after a failure
  double mtbf_s = 0;             ///< the whole cluster's, for the automatic interval
  std::optional<Noise> noise;    ///< drawn here where the run goes on, at the number of the step
  std::uint64_t seed = 0;
  std::vector<PlannedHang> hangs;         ///< those that are still to come
  std::vector<PlannedFailure> deaths;     ///< that the others survive
  std::optional<WorkerRange> membership;  ///< workers may join and leave
  std::size_t steps = 0;                  ///< the whole run has so many
  int workers = 0;
  Attempt attempt;

  /// Where training begins on this world's clock, which a real world starts anew, as an attempt goes on.
  double start_of_training_s(double now_s) const;
};

/// For a run with checkpoints or faults; nothing for others.
std::optional<CheckpointPlan> plan_checkpoints(const Scenario& scenario, const Strategy& strategy, const Job& job,
                                               const std::filesystem::path& folder, const Attempt& attempt);

/// Who writes a part of every checkpoint: each rank, and each server on a worker's rank. Rank 0's own stack first.
std::vector<Holder> holders_of(const Layout& layout);

/// The keeper of a rank's own stack. The plan outlives it.
std::unique_ptr<CheckpointKeeper> make_keeper(const CheckpointPlan& plan, int rank);

}  // namespace tandem
