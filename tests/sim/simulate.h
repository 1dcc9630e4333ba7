// Runs the sim world in a child process, because SimGrid lives once a process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/world.h"

namespace tandem {

struct Simulated {
  std::string digest;
  std::string failure;         ///< what RunFailed says; empty when the run succeeded
  std::vector<double> values;  ///< what the ranks have written to `values`
};

/// `values` starts with `count` zeros. A child that ends in any other way than by returning or RunFailed fails the
/// test.
Simulated simulate(const WorldOptions& options, std::size_t count,
                   const std::function<void(Endpoint&, std::vector<double>& values)>& body);

/// 1 Gbyte/s, 100 us, 1 Gflop/s, phantom payload.
WorldOptions small_cluster(int ranks);

inline constexpr double kBandwidth_bytes_per_s = 1e9;
inline constexpr double kLatency_s = 100e-6;

// The seam's two commonest patterns, without the seam's caution.
void send(Endpoint& endpoint, int to, int tag, Slice data);
Completion receive(Endpoint& endpoint, int from, int tag, Slice data);

inline Slice phantom(std::size_t count) { return {nullptr, count}; }

}  // namespace tandem
