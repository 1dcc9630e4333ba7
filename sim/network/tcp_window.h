// The TCP window of SimGrid's lv08 model, which limits single flows over long paths.
#pragma once

#include <optional>

#include "core/cluster.h"

namespace tandem::sim {

/// SimGrid's maximal window.
inline constexpr double kTcpWindow_bytes = 4194304;

/// What a TCP window of the model leaves to a single flow over a path of this latency, before the model's bandwidth
/// factor; none without a window.
std::optional<double> window_bandwidth_bytes_per_s(const NetworkModel& model, double latency_s);

}  // namespace tandem::sim
