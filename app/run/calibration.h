// What a cluster file says of a machine, measured in any world.
#pragma once

#include <cstddef>
#include <vector>

#include "core/comm.h"

namespace tandem {

struct MessageTime {
  double bytes = 0;
  double time_s = 0;  ///< from one rank to its neighbour, while as much comes from the other
};

struct Calibration {
  double flops_per_s = 0;          ///< one rank's speed while all compute
  double gap_s = 0;                ///< between empty messages that follow each other one way
  std::vector<MessageTime> times;  ///< ascending in bytes

  /// The time of the smallest message.
  double latency_s() const { return times.front().time_s; }
  /// From what each further byte costs between the two largest sizes: neither latency nor a queue's first burst counts
  /// there.
  double bandwidth_bytes_per_s() const;
};

/// Every rank calls it; rank 0 gets all of it. `time_s` is how long to measure each of about ten things.
Calibration calibrate(Comm& comm, double time_s);

}  // namespace tandem
