#include "real/compute.h"

#include <algorithm>
#include <limits>

namespace tandem {

double slowed_end_s(const Cluster& cluster, int rank, double start_s, double own_s) {
  double now_s = start_s;
  // From one edge of a window to the next, as long as work is left.
  for (;;) {
    double factor = 1;
    double edge_s = std::numeric_limits<double>::infinity();
    for (const Slowdown& slowdown : cluster.slowdowns) {
      if (slowdown.rank != rank) continue;
      if (now_s < slowdown.from_s) {
        edge_s = std::min(edge_s, slowdown.from_s);
      } else if (now_s < slowdown.until_s) {
        factor *= slowdown.factor;
        edge_s = std::min(edge_s, slowdown.until_s);
      }
    }
    if (now_s + own_s * factor <= edge_s) return now_s + own_s * factor;
    own_s -= (edge_s - now_s) / factor;
    now_s = edge_s;
  }
}

void compute_for_real(Endpoint& endpoint, const Cluster& cluster, const Work& work, const std::function<void()>& body) {
  if (!cluster.emulate_speed && cluster.slowdowns.empty()) {
    if (body) body();
    return;
  }
  const double start_s = endpoint.now();
  if (body) body();
  double own_s = endpoint.now() - start_s;
  if (cluster.emulate_speed) {
    double emulated_s = work.flops / cluster.speed_flops_per_s;
    if (cluster.memory_bandwidth_bytes_per_s) emulated_s += work.memory_bytes / *cluster.memory_bandwidth_bytes_per_s;
    own_s = std::max(own_s, emulated_s);
  }
  const double end_s = slowed_end_s(cluster, endpoint.rank(), start_s, own_s);
  if (end_s > endpoint.now()) endpoint.sleep_until(end_s);
}

}  // namespace tandem
