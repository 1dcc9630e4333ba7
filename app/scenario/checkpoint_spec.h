// What a scenario says of checkpoints, and of failures that they are kept against.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace tandem {

/// How often: exactly one of the three is set.
struct CheckpointInterval {
  std::size_t steps = 0;
  double time_s = 0;
  bool is_automatic = false;  ///< Young and Daly's, from the time between failures and the measured cost

  bool operator==(const CheckpointInterval&) const = default;
};

struct CheckpointSpec {
  CheckpointInterval every;
  bool blocking = true;                         ///< false: written beside the training, from a copy
  int keep = 2;                                 ///< the last so many stay
  std::optional<double> bandwidth_bytes_per_s;  ///< sim: at which each stack writes and reads its part; absent: no time
  std::optional<double> mtbf_s;                 ///< the whole cluster's, for the automatic interval
};

/// Which rank fails.
struct Victim {
  bool is_server = false;
  int index = 0;

  bool operator==(const Victim&) const = default;
};

/// When it fails.
struct FaultTime {
  std::optional<std::size_t> step;  ///< when it begins the step after so many
  double time_s = 0;                ///< time spent in training

  bool operator==(const FaultTime&) const = default;
};

enum class FailureDistribution { exponential, weibull };

/// One failure that is planned, failures at random, or a host that hangs for a while.
struct FaultSpec {
  std::optional<Victim> victim;  ///< planned
  std::optional<Victim> hangs;
  std::optional<FaultTime> at;   ///< planned, or hangs
  double lasts_s = 0;            ///< hangs
  std::optional<double> mtbf_s;  ///< at random: the mean time between failures of each rank
  FailureDistribution distribution = FailureDistribution::exponential;
  double shape = 1;                   ///< weibull
  std::optional<std::uint64_t> seed;  ///< absent: the scenario's
  double detect_after_s = 0;          ///< sim: how long nobody notices
  double restart_after_s = 0;         ///< from then until all ranks start again
  bool shrinks = false;               ///< those who are left start again, without the one that failed
};

/// All ranks start again when one of them is killed that was not to fail.
struct RecoverySpec {
  int restarts = 0;            ///< so often at most
  double restart_after_s = 0;  ///< from when all have ended
  bool shrinks = false;        ///< without the one that was killed
};

/// From a step on another number of workers trains.
struct WorkerChange {
  std::optional<FaultTime> at;  ///< a step
  int workers = 0;
  double takes_s = 0;  ///< from the last step of the former workers until the new ones start
};

/// How many workers there may be when some ask to join a run, or to leave it.
struct WorkerRange {
  int least = 1;
  int most = 0;
  std::optional<int> room;  ///< for so many ranks where several hosts are named; no key of a scenario
};

}  // namespace tandem
