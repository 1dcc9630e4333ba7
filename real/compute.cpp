#include "real/compute.h"

#include <algorithm>

namespace tandem {

double slowed_end_s(const Cluster& cluster, int rank, double start_s, double own_s) {
  double now_s = start_s;
  // Each pass goes to the next edge of a window, as long as work is left.
  for (;;) {
    const Pace pace = pace_at(cluster.slowdowns, rank, now_s);
    if (now_s + own_s * pace.factor <= pace.until_s) return now_s + own_s * pace.factor;
    own_s -= (pace.until_s - now_s) / pace.factor;
    now_s = pace.until_s;
  }
}

void EmulatedHost::compute(Endpoint& endpoint, const Work& work, const std::function<void()>& body) {
  if (!cluster_.emulate_speed && cluster_.slowdowns.empty() && work.delay_s == 0) {
    if (body) body();
    return;
  }
  const double start_s = endpoint.now(), hung_before_s = hung_s();
  if (body) body();
  double own_s = endpoint.now() - start_s - (hung_s() - hung_before_s) + work.delay_s;
  if (cluster_.emulate_speed) own_s = std::max(own_s, cluster_.seconds_of(work, endpoint.rank()));
  const double unhung_end_s = slowed_end_s(cluster_, endpoint.rank(), start_s, own_s) - late_s_;
  double end_s = unhung_end_s + hung_s() - hung_before_s;
  if (end_s > endpoint.now()) endpoint.sleep_until(end_s);
  while (end_s < unhung_end_s + hung_s() - hung_before_s) {  // it hung in its sleep
    end_s = unhung_end_s + hung_s() - hung_before_s;
    endpoint.sleep_until(end_s);
  }
  late_s_ = std::max(0.0, endpoint.now() - end_s);
}

}  // namespace tandem
