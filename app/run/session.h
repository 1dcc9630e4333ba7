// One rank's part of a run: train, then bring the records of all ranks together. The same in every world, except that a
// simulated cluster carries no records: they would take their part of its links from ranks that still train.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "core/comm.h"
#include "core/conditions.h"

namespace tandem {

struct CheckpointPlan;

/// The record of one rank: what it did and what was measured.
struct RankRecord {
  int rank = 0;
  double time_s = 0;  ///< how long its training loop took
  double compute_s = 0, communication_s = 0;
  Traffic traffic;
  std::vector<StepRow> steps;
  std::vector<UpdateRow> updates;
  std::vector<Snapshot> snapshots;
  std::vector<Snapshot> owned;              ///< the final parameters that this rank owns
  std::vector<std::string> replica_sha256;  ///< one per copy of the whole model
  std::vector<Span> spans;
  std::int64_t process = 0;
  std::uint64_t peak_rss_bytes = 0;  ///< that process's
  bool has_died = false;             ///< while the others went on: nothing else is known of it
};

/// What became of the ranks, where their number has changed while they trained.
struct Membership {
  bool has_changed = false;
  std::set<int> workers_before = {};  ///< how many trained in each part of the run before this one
  std::vector<RankRecord> departed;   ///< the records of those who trained for a while and are there no more
};

struct SessionOptions {
  double timeout_s = 60;
  Payload payload = Payload::numeric;
  std::optional<Noise> noise = {};
  bool trace = false;
  bool begin_together = false;  ///< the bodies of all ranks begin at one time of a clock that they share: no barrier
  /// Where ranks share this process and run one at a time: each puts its record here, by rank. Null: rank 0 is sent
  /// them.
  std::vector<RankRecord>* records = nullptr;
  const CheckpointPlan* checkpoints = nullptr;  ///< null: neither checkpoints nor failures
};

/// Trains and gathers. Every rank calls it; rank 0 gets all records in rank order, the others nothing; with
/// SessionOptions::records none gets any. Only the training loop is counted and timed: not the barrier before it, and
/// not the gathering after it. Ranks leave a barrier one after the other, so that a rank's time contains how far others
/// were behind it.
std::vector<RankRecord> train_and_gather(Endpoint& endpoint, const Strategy& strategy, const Job& job,
                                         const SessionOptions& options);

}  // namespace tandem
