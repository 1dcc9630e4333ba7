// Measures the values of a cluster file in any world.
#pragma once

#include <cstddef>
#include <vector>

#include "core/comm.h"

namespace tandem {

struct MessageTime {
  double bytes = 0;
  double time_s = 0;  ///< from one rank to its neighbour, while as many bytes come back
};

struct Calibration {
  double flops_per_s = 0;          ///< one rank's speed while all compute
  double gap_s = 0;                ///< between successive empty messages in one direction
  std::vector<MessageTime> times;  ///< ascending in bytes

  /// The time of the smallest message.
  double latency_s() const { return times.front().time_s; }
  /// Computed from the difference between the two largest sizes, in which neither latency nor a queue's first burst
  /// counts.
  double bandwidth_bytes_per_s() const;
};

/// Every rank calls it; rank 0 gets the whole result. `time_s` is the duration of each of about ten measurements.
Calibration calibrate(Comm& comm, double time_s);

}  // namespace tandem
