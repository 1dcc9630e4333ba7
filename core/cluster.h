// The cluster that a scenario describes. Simulation builds it; real worlds honour what they can (see World::honours).
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// How a message's latency and bytes become seconds. Neutral: exactly latency + bytes / bandwidth, fair sharing.
struct NetworkModel {
  std::string name = "neutral";  ///< neutral | lv08
  double latency_factor = 1;
  double bandwidth_factor = 1;
  bool cross_traffic = false;    ///< SimGrid's acknowledgements on the way back, 5 % of the flow
};

struct Network {
  std::string topology = "star";
  double bandwidth_bytes_per_s = 1.25e9;  ///< of each host's link, each way
  double latency_s = 50e-6;               ///< one way, host to host
  NetworkModel model;
};

/// A rank's host computes `factor` times slower from `from_s` to `until_s`.
struct Slowdown {
  int rank = 0;
  double factor = 1;
  double from_s = 0;
  double until_s = std::numeric_limits<double>::infinity();
};

struct Cluster {
  int workers = 1;
  double speed_flops_per_s = 10e9;
  std::optional<double> memory_bandwidth_bytes_per_s;  ///< absent: reductions and updates are free in simulation
  Network network;
  std::vector<Slowdown> slowdowns;
  bool emulate_speed = false;  ///< real worlds: after a body, sleep until work / speed has passed
};

}  // namespace tandem
