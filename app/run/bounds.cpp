#include "app/run/bounds.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

constexpr const char* kComputation = "computation";

// A colocated server's worker keeps its own shard's gradients and parameters: they pass no link.
double bytes_kept(const Job& job, int rank) {
  const StrategySpec& spec = job.strategy;
  if (!spec.name.starts_with("ps-") || spec.placement != Placement::colocated || rank >= spec.servers) return 0;
  const Range shard =
      even_part(job.model.parameters, static_cast<std::size_t>(spec.servers), static_cast<std::size_t>(rank));
  return 2.0 * static_cast<double>(bytes_of(shard.size()));
}

Bound busiest_links(const Scenario& scenario, const Strategy& strategy, const Job& job,
                    const sim::Interconnect& topology) {
  Bound busiest{.resource = "links of rank 0"};
  for (int rank = 0; rank < strategy.ranks(job); ++rank) {
    const Traffic traffic = strategy.traffic(job, rank, 1);
    const double bytes =
        static_cast<double>(std::max(traffic.bytes_sent, traffic.bytes_received)) - bytes_kept(job, rank);
    const double least_s = job.model.wire_bytes(bytes) / rank_bandwidth_bytes_per_s(scenario.cluster, topology, rank);
    if (least_s > busiest.least_s) busiest = {fmt::format("links of rank {}", rank), least_s};
  }
  return busiest;
}

// Workers on one side end a step with parameters that depend on every gradient of the other: at least a model's bytes
// cross each border between workers, each way.
std::vector<Bound> borders(const Scenario& scenario, const Strategy& strategy, const Job& job,
                           const sim::Interconnect& topology) {
  std::vector<Bound> bounds;
  const bool sums_gradients = strategy.synchronous && scenario.strategy.name != "pipeline";
  if (!sums_gradients) return bounds;
  for (const sim::Cut& cut : topology.fabric().cuts()) {
    int inside = 0;
    for (int worker = 0; worker < job.workers; ++worker) {
      const auto node = static_cast<std::size_t>(topology.node_of(worker));
      inside += cut.nodes.begin <= node && node < cut.nodes.end ? 1 : 0;
    }
    if (inside == 0 || inside == job.workers) continue;
    const double bytes = job.model.wire_bytes(static_cast<double>(bytes_of(job.model.parameters)));
    const double rate =
        std::min(cut.out_bytes_per_s, cut.in_bytes_per_s) * scenario.cluster.network.model.bandwidth_factor;
    bounds.push_back({"border of " + cut.name, bytes / rate});
  }
  return bounds;
}

}  // namespace

double StepCost::computation_s() const {
  for (const Bound& bound : bounds) {
    if (bound.resource == kComputation) return bound.least_s;
  }
  return 0;
}

double StepCost::communication_s() const {
  for (const Bound& bound : bounds) {
    if (bound.resource != kComputation) return bound.least_s;
  }
  return 0;
}

StepCost step_cost(const Scenario& scenario, const Strategy& strategy, const Job& job) {
  const Cluster& cluster = scenario.cluster;
  StepCost cost{.ranks = strategy.ranks(job)};
  for (int rank = 0; rank < cost.ranks; ++rank) {
    const Traffic traffic = strategy.traffic(job, rank, 1);
    cost.messages += traffic.messages_sent;
    cost.bytes += static_cast<std::uint64_t>(job.model.wire_bytes(static_cast<double>(traffic.bytes_sent)));
    cost.most_messages_of_rank =
        std::max<std::uint64_t>(cost.most_messages_of_rank, traffic.messages_sent + traffic.messages_received);
  }
  if (scenario.world == "sim" || cluster.emulate_speed) {
    const double flops = job.model.flops_per_sample() * static_cast<double>(job.batches.global_batch());
    cost.bounds.push_back({kComputation, flops / cluster.speed_of_workers()});
  }
  if (scenario.has_links() && cluster.platform.empty()) {
    const sim::Interconnect topology(cluster, cost.ranks);
    cost.network_never_blocks = topology.fabric().never_blocks();
    cost.bounds.push_back(busiest_links(scenario, strategy, job, topology));
    const std::vector<Bound> crossed = borders(scenario, strategy, job, topology);
    cost.bounds.insert(cost.bounds.end(), crossed.begin(), crossed.end());
  }
  std::stable_sort(cost.bounds.begin(), cost.bounds.end(),
                   [](const Bound& one, const Bound& other) { return one.least_s > other.least_s; });
  return cost;
}

double rank_bandwidth_bytes_per_s(const Cluster& cluster, const sim::Interconnect& topology, int rank) {
  double bandwidth = topology.fabric().node_bandwidth_bytes_per_s(topology.node_of(rank));
  if (cluster.ranks_per_node > 1) bandwidth += cluster.network.intra_node.bandwidth_bytes_per_s;
  return bandwidth * cluster.network.model.bandwidth_factor;
}

}  // namespace tandem
