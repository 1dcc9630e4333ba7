#include "app/run/bounds.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/network/interconnect.h"

namespace tandem {
namespace {

constexpr const char* kComputation = "computation";

// What a rank sends and receives in a step, on average over the run: not every step is like the first. Nothing where
// the strategy has no closed form.
std::optional<Traffic> traffic_of_run(const Strategy& strategy, const Job& job, int rank) {
  return strategy.traffic(job, rank, {0, job.steps});
}

Bound busiest_links(const Strategy& strategy, const Job& job, int ranks, const sim::Interconnect& topology) {
  Bound busiest{.resource = "links of rank 0"};
  for (int rank = 0; rank < ranks; ++rank) {
    const std::optional<Traffic> traffic = traffic_of_run(strategy, job, rank);
    if (!traffic) continue;
    const auto bytes_of_run =
        static_cast<double>(std::max(traffic->bytes_sent, traffic->bytes_received) - traffic->bytes_kept);
    const double bytes = bytes_of_run / static_cast<double>(job.steps);
    const double least_s = job.model.wire_bytes(bytes) / topology.bandwidth_of_rank_bytes_per_s(rank);
    if (least_s > busiest.least_s) busiest = {fmt::format("links of rank {}", rank), least_s};
  }
  return busiest;
}

// Workers on one side end a step with parameters that depend on every gradient of the other: at least a model's bytes
// cross each border between workers, each way.
std::vector<Bound> borders(const Scenario& scenario, const Strategy& strategy, const Job& job,
                           const sim::Interconnect& topology) {
  std::vector<Bound> bounds;
  if (!strategy.facts(job.strategy).every_gradient_every_step) return bounds;
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
  const auto steps = static_cast<double>(job.steps);
  StepCost cost{.ranks = strategy.layout(job.strategy, job.workers).ranks};
  for (int rank = 0; rank < cost.ranks; ++rank) {
    const std::optional<Traffic> traffic = traffic_of_run(strategy, job, rank);
    if (!traffic) {
      cost.has_closed_form = false;
      continue;
    }
    const auto messages = static_cast<double>(traffic->messages_sent + traffic->messages_received);
    cost.messages += static_cast<double>(traffic->messages_sent) / steps;
    cost.bytes += job.model.wire_bytes(static_cast<double>(traffic->bytes_sent)) / steps;
    cost.most_messages_of_rank = std::max(cost.most_messages_of_rank, messages / steps);
  }
  if (scenario.has_host_speed()) {
    const double flops = job.model.flops_per_sample() * static_cast<double>(job.batches.global_batch());
    cost.bounds.push_back({kComputation, flops / cluster.speed_of_workers()});
  }
  if (scenario.has_links() && cluster.platform.empty()) {
    const sim::Interconnect topology(cluster, cost.ranks);
    cost.network_never_blocks = topology.fabric().never_blocks();
    cost.bounds.push_back(busiest_links(strategy, job, cost.ranks, topology));
    const std::vector<Bound> crossed = borders(scenario, strategy, job, topology);
    cost.bounds.insert(cost.bounds.end(), crossed.begin(), crossed.end());
  }
  std::stable_sort(cost.bounds.begin(), cost.bounds.end(),
                   [](const Bound& one, const Bound& other) { return one.least_s > other.least_s; });
  return cost;
}

}  // namespace tandem
