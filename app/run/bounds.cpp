#include "app/run/bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/network/interconnect.h"

namespace tandem {
namespace {

constexpr const char* kComputation = "computation";

// The traffic of a rank in a step, averaged over the run, because steps may differ. Nothing if the strategy has no
// closed form.
std::optional<Traffic> traffic_of_run(const Strategy& strategy, const Job& job, int rank) {
  return strategy.traffic(job, rank, {0, job.steps});
}

// By how much slowdowns that never end make the rank slower. Those that do may spare most of the steps.
double lasting_factor(const std::vector<Slowdown>& slowdowns, int rank) {
  const Pace pace = pace_at(slowdowns, rank, 0);
  return std::isinf(pace.until_s) ? pace.factor : 1;
}

double lasting_speed_flops_per_s(const Cluster& cluster, int worker) {
  return cluster.speed_of(worker) / lasting_factor(cluster.slowdowns, worker);
}

// What so many bytes of a run take of a rank's links in a step.
double links_s(std::uint64_t bytes_of_run, int rank, const Job& job, const Cluster& cluster,
               const sim::Interconnect& topology) {
  const double bytes = static_cast<double>(bytes_of_run) / static_cast<double>(job.steps);
  const double least_s = job.model.wire_bytes(bytes) / topology.bandwidth_of_rank_bytes_per_s(rank);
  return least_s * lasting_factor(cluster.network.slowdowns, rank);
}

Bound busiest_links(const Strategy& strategy, const Job& job, const Cluster& cluster,
                    const sim::Interconnect& topology) {
  const int ranks = strategy.layout(job.strategy, job.workers).ranks;
  Bound busiest{.resource = "links of rank 0"};
  for (int rank = 0; rank < ranks; ++rank) {
    const std::optional<Traffic> traffic = traffic_of_run(strategy, job, rank);
    if (!traffic) continue;
    const std::uint64_t bytes = std::max(traffic->bytes_sent, traffic->bytes_received) - traffic->bytes_kept;
    const double least_s = links_s(bytes, rank, job, cluster, topology);
    if (least_s > busiest.least_s) busiest = {fmt::format("links of rank {}", rank), least_s};
  }
  return busiest;
}

double flops_of_step(const Job& job) {
  return job.model.flops_per_sample() * static_cast<double>(job.batches.global_batch());
}

double part_s(const Scenario& scenario, const Job& job, int worker) {
  const auto samples = static_cast<double>(job.batches.part_size(0, worker));
  return job.model.flops_per_sample() * samples / lasting_speed_flops_per_s(scenario.cluster, worker);
}

// Where a row is always the same worker's, that worker may have none of a batch.
double least_part_s(const Scenario& scenario, const Job& job) {
  if (scenario.workload.partition == Partitioning::hash) return 0;
  double least_s = std::numeric_limits<double>::infinity();
  for (int worker = 0; worker < job.workers; ++worker) least_s = std::min(least_s, part_s(scenario, job, worker));
  return least_s;
}

// The computation of a step, if work could be dealt so that all workers end together. Where each worker computes its
// own part and all wait for every gradient, that of the worker that takes longest; where some parts are done without,
// that of the one that takes least.
double computation_bound_s(const Scenario& scenario, const Strategy& strategy, const Job& job) {
  if (!strategy.facts(job.strategy).needs_all_parts) return least_part_s(scenario, job);
  double speed_flops_per_s = 0, longest_part_s = 0;
  for (int worker = 0; worker < job.workers; ++worker) {
    speed_flops_per_s += lasting_speed_flops_per_s(scenario.cluster, worker);
    longest_part_s = std::max(longest_part_s, part_s(scenario, job, worker));
  }
  const bool has_fixed_parts = strategy.is_exchange && scenario.workload.partition != Partitioning::hash;
  const bool waits = has_fixed_parts && strategy.facts(job.strategy).every_gradient_every_step;
  return std::max(flops_of_step(job) / speed_flops_per_s, waits ? longest_part_s : 0);
}

double least_computation_s(const Scenario& scenario, const Strategy& strategy, const Job& job) {
  if (!scenario.has_host_speed() || strategy.without_overlap(job.strategy)) return 0;
  return least_part_s(scenario, job);
}

// A worker begins a step when it has heard of every worker's gradient of the step before. So, from the first worker to
// begin a step to the first to begin the next, there is a worker's computation, a message, or two where all of them go
// by servers, and all that a worker receives in a step. Bytes that a slower worker's links need longer for may have
// come while others computed.
double in_turn_s(const Scenario& scenario, const Strategy& strategy, const Job& job, int ranks,
                 const sim::Interconnect& topology) {
  if (job.workers < 2 || !strategy.facts(job.strategy).every_gradient_every_step) return 0;
  double links = std::numeric_limits<double>::infinity();
  std::uint64_t sent_by_workers = 0, received_by_servers = 0;
  for (int rank = 0; rank < ranks; ++rank) {
    const std::optional<Traffic> traffic = traffic_of_run(strategy, job, rank);
    if (!traffic) return 0;
    if (rank < job.workers) {
      sent_by_workers += traffic->bytes_sent;
      links = std::min(links,
                       links_s(traffic->bytes_received - traffic->bytes_kept, rank, job, scenario.cluster, topology));
    } else {
      received_by_servers += traffic->bytes_received;
    }
  }
  const int messages = sent_by_workers == received_by_servers ? 2 : 1;
  const double latency_s = topology.latencies_s().front() * scenario.cluster.network.model.latency_factor;
  return least_computation_s(scenario, strategy, job) + messages * latency_s + links;
}

// After a step, the parameters on one side of a border depend on every gradient on the other side: at least a model's
// bytes cross each border between workers, each way.
std::vector<Bound> borders(const Scenario& scenario, const Strategy& strategy, const Job& job,
                           const sim::Interconnect& topology) {
  std::vector<Bound> bounds;
  if (!strategy.facts(job.strategy).every_gradient_every_step) return bounds;
  for (const sim::Cut& cut : topology.cuts()) {
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
  StepCost cost{.ranks = strategy.layout(job.strategy, job.workers).ranks, .flops = flops_of_step(job)};
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
  if (scenario.has_host_speed()) cost.bounds.push_back({kComputation, computation_bound_s(scenario, strategy, job)});
  if (scenario.has_links() && cluster.platform.empty()) {
    const sim::Interconnect topology(cluster, cost.ranks);
    cost.network_never_blocks = topology.fabric().never_blocks();
    if (cost.has_closed_form) cost.bounds.push_back(busiest_links(strategy, job, cluster, topology));
    const std::vector<Bound> crossed = borders(scenario, strategy, job, topology);
    cost.bounds.insert(cost.bounds.end(), crossed.begin(), crossed.end());
    cost.in_turn_s = in_turn_s(scenario, strategy, job, cost.ranks, topology);
  }
  std::stable_sort(cost.bounds.begin(), cost.bounds.end(),
                   [](const Bound& one, const Bound& other) { return one.least_s > other.least_s; });
  return cost;
}

}  // namespace tandem
