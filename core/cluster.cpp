#include "core/cluster.h"

namespace tandem {
namespace {

// The value in the last group that contains the rank and states one.
template <class Value, class Otherwise>
Otherwise value_of(const Cluster& cluster, int rank, std::optional<Value> HostGroup::*member, Otherwise otherwise) {
  for (const HostGroup& group : cluster.hosts) {
    const bool belongs =
        rank < cluster.workers ? group.workers.contains(rank) : group.servers.contains(rank - cluster.workers);
    if (belongs && group.*member) otherwise = *(group.*member);
  }
  return otherwise;
}

}  // namespace

double NetworkModel::charged_bytes(double message_bytes) const {
  double charged = 0, from = 0, factor = 1;
  for (const SizeFactor& next : size_factors) {
    if (message_bytes <= next.above_bytes) break;
    charged += (next.above_bytes - from) / factor;
    from = next.above_bytes, factor = next.factor;
  }
  return charged + (message_bytes - from) / factor;
}

double HostSpeed::seconds_of(const Work& work) const {
  double seconds = work.flops / flops_per_s + work.delay_s;
  if (memory_bandwidth_bytes_per_s) seconds += work.memory_bytes / *memory_bandwidth_bytes_per_s;
  return seconds;
}

double Cluster::speed_of(int rank) const {
  const auto place = static_cast<std::size_t>(rank);
  if (place < platform_hosts.size()) return platform_hosts[place].speed_flops_per_s;
  return value_of(*this, rank, &HostGroup::speed_flops_per_s, speed_flops_per_s);
}

std::optional<double> Cluster::memory_bandwidth_of(int rank) const {
  return value_of(*this, rank, &HostGroup::memory_bandwidth_bytes_per_s, memory_bandwidth_bytes_per_s);
}

double Cluster::bandwidth_of(int rank) const {
  return value_of(*this, rank, &HostGroup::bandwidth_bytes_per_s, network.bandwidth_bytes_per_s);
}

double Cluster::speed_of_workers() const {
  double speed = 0;
  for (int worker = 0; worker < workers; ++worker) {
    const auto place = static_cast<std::size_t>(worker);
    speed += speed_of(worker) * (place < platform_hosts.size() ? platform_hosts[place].largest_factor : 1);
  }
  return speed;
}

}  // namespace tandem
