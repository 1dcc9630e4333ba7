// Endpoint::compute of every real world: the body runs, and the host may be made to seem slower than it is.
#pragma once

#include <atomic>
#include <functional>

#include "core/cluster.h"
#include "core/endpoint.h"
#include "core/work.h"

namespace tandem {

/// The host of one stack as the scenario describes it. Not thread-safe.
class EmulatedHost {
 public:
  /// `cluster` must outlive it, and so must for how long the host has hung so far; null where it never does.
  explicit EmulatedHost(const Cluster& cluster, const std::atomic<double>* hung_s = nullptr)
      : cluster_(cluster), hung_s_(hung_s) {}

  /// Runs `body`. With cluster.emulate_speed the computation lasts at least flops / speed (or its memory traffic
  /// divided by the memory bandwidth, if the cluster states one and that takes longer). The work's delay is added, and
  /// the slowdowns of this rank then stretch the part that lies in their windows. The time that the body did not need
  /// is slept, so that several slow hosts can share a fast one. A sleep ends late; later computations are shortened by
  /// as much, though never below the time of their bodies. A host that hangs computes nothing meanwhile.
  void compute(Endpoint& endpoint, const Work& work, const std::function<void()>& body);

 private:
  double hung_s() const { return hung_s_ == nullptr ? 0 : hung_s_->load(); }

  const Cluster& cluster_;
  const std::atomic<double>* hung_s_;
  double late_s_ = 0;  ///< by how much the computations so far have ended later than they should
};

/// When a computation of `own_s` seconds that starts at `start_s` ends on a rank with these slowdowns.
double slowed_end_s(const Cluster& cluster, int rank, double start_s, double own_s);

}  // namespace tandem
