// Endpoint::compute of every real world: the body runs, and the host may be made to seem slower than it is.
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

  /// Runs `body`. With cluster.emulate_speed the computation lasts at least flops / speed (or its memory traffic
  /// divided by the memory bandwidth, if the cluster states one and that takes longer). The work's delay is added, and
  /// the slowdowns of this rank then stretch the part that lies in their windows. The time that the body did not need
  /// is slept, so that several slow hosts can share a fast one. A sleep ends late; later computations are shortened by
  /// as much, though never below the time of their bodies.
  void compute(Endpoint& endpoint, const Work& work, const std::function<void()>& body);

 private:
  const Cluster& cluster_;
  double late_s_ = 0;  ///< by how much the computations so far have ended later than they should
};

/// When a computation of `own_s` seconds that starts at `start_s` ends on a rank with these slowdowns.
double slowed_end_s(const Cluster& cluster, int rank, double start_s, double own_s);

}  // namespace tandem
