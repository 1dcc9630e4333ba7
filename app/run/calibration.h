// Measures the values of a cluster file in any world.
#pragma once

#include <cstddef>
#include <vector>

#include "core/cluster.h"
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

  /// The gap is the processor's part of a message: its sender's, or its receiver's, whichever is the larger.
  double message_overhead_s() const { return gap_s; }
  /// What the smallest message takes beyond its overhead at both ends.
  double latency_s() const;
};

/// How fast bytes move, by the size of their message: what NetworkModel::charged_bytes needs to give the measured
/// times.
struct MessageRates {
  double bandwidth_bytes_per_s = 0;  ///< the highest rate
  std::vector<SizeFactor> factors;   ///< empty where one rate holds for all sizes
  /// Sizes that took no longer than smaller ones, so that their times were averaged: the machine did other things, too.
  std::vector<double> doubtful_bytes;
};

/// Rates are positive, whatever was measured.
MessageRates message_rates(const Calibration& found);

/// Every rank calls it; rank 0 gets the whole result. `time_s` is the duration of each of about ten measurements.
Calibration calibrate(Comm& comm, double time_s);

}  // namespace tandem
