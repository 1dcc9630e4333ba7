// Endpoint::compute of every real world: the body runs; the scenario may ask that the host seems slower than it is.
#pragma once

#include <functional>

#include "core/cluster.h"
#include "core/endpoint.h"
#include "core/work.h"

namespace tandem {

/// The host of one stack as the scenario describes it. Not thread-safe.
class EmulatedHost {
 public:
  /// `cluster` must outlive it.
  explicit EmulatedHost(const Cluster& cluster) : cluster_(cluster) {}

  /// Runs `body`. With cluster.emulate_speed the computation lasts at least flops / speed (and its memory traffic, if
  /// the cluster states a memory bandwidth); the work's delay comes on top; the slowdowns of this rank then stretch the
  /// part of it that lies in their windows. What the body did not take is slept away, so several slow hosts share one
  /// fast one. Sleeps end late: by as much the computations that follow are shorter, down to what their bodies take.
  void compute(Endpoint& endpoint, const Work& work, const std::function<void()>& body);

 private:
  const Cluster& cluster_;
  double late_s_ = 0;  ///< how much later than asked the computations so far have ended
};

/// When a computation of `own_s` seconds that starts at `start_s` ends on a rank with these slowdowns.
double slowed_end_s(const Cluster& cluster, int rank, double start_s, double own_s);

}  // namespace tandem
