#include "sim/network/tcp_window.h"

namespace tandem::sim {

// TCP sends at most a window each round trip. As SimGrid does, without the latency factor.
std::optional<double> window_bandwidth_bytes_per_s(const NetworkModel& model, double latency_s) {
  if (model.name != "lv08" || !(latency_s > 0)) return std::nullopt;
  return kTcpWindow_bytes / (2 * latency_s);
}

}  // namespace tandem::sim
