#include "app/run/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/errors.h"

namespace tandem {
namespace {

std::string text_of(const Traffic& traffic) {
  return fmt::format("{} messages and {} bytes sent ({} to itself), {} and {} received", traffic.messages_sent,
                     traffic.bytes_sent, traffic.bytes_kept, traffic.messages_received, traffic.bytes_received);
}

// When a loss stops asynchronous workers, they end at different steps, but the closed form assumes equal numbers of
// steps.
bool all_took_equal_steps(const Facts& facts, const Job& job) { return facts.same_bits || !job.workload.stop.loss; }

}  // namespace

void check_replicas(const std::string& parameters_sha256, const std::vector<RankRecord>& records) {
  for (const RankRecord& record : records) {
    for (const std::string& replica : record.replica_sha256) {
      if (replica == parameters_sha256) continue;
      throw CheckFailed(fmt::format("replicas differ: rank {} ended with parameters {:.16}..., the result is {:.16}...",
                                    record.rank, replica, parameters_sha256));
    }
  }
}

void check_traffic(const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records,
                   const Membership& membership) {
  const Facts facts = strategy.facts(job.strategy);
  Traffic total;
  bool has_all = true;
  for (const RankRecord& record : records) total += record.traffic, has_all = has_all && !record.has_died;
  for (const RankRecord& record : membership.departed) total += record.traffic;
  if (facts.loses_messages || !has_all) return;
  if (total.messages_sent != total.messages_received || total.bytes_sent != total.bytes_received) {
    throw CheckFailed(fmt::format("not all that was sent was received: {}", text_of(total)));
  }
  if (!all_took_equal_steps(facts, job) || membership.has_changed) return;
  std::size_t steps = 0;
  for (const RankRecord& record : records) steps = std::max(steps, record.steps.size());
  for (const RankRecord& record : records) {
    const std::optional<Traffic> expected = strategy.traffic(job, record.rank, {0, steps});
    if (!expected || record.traffic == *expected) continue;
    throw CheckFailed(fmt::format("rank {} of {} over {} steps: {}; the closed form says {}", record.rank,
                                  strategy.name, steps, text_of(record.traffic), text_of(*expected)));
  }
}

void check_idle(const Scenario& scenario, std::optional<double> cpu_idle) {
  constexpr double kLeastIdle = 0.30;
  if (!scenario.links_are_emulated() || !cpu_idle || *cpu_idle >= kLeastIdle) return;
  throw CheckFailed(fmt::format(
      "the processors were {:.0f} % idle during the run, less than {:.0f} %: this machine, not the emulated "
      "cluster, may have set the pace; emulate slower links and hosts, fewer ranks, or stop other programs",
      100 * *cpu_idle, 100 * kLeastIdle));
}

void check_physics(const Scenario& scenario, const Job& job, double time_s, std::size_t samples,
                   const std::vector<RankRecord>& records, const Membership& membership) {
  const Cluster& cluster = scenario.cluster;
  const auto require = [&](double least_s, const std::string& because) {
    // The simulator may treat events less than a nanosecond apart as simultaneous.
    constexpr double kRelative = 1e-9, kAbsolute_s = 1e-9;
    if (time_s >= least_s * (1 - kRelative) - kAbsolute_s) return;
    throw CheckFailed(fmt::format("impossible: it took {:.9g} s, but {} at least {:.9g} s", time_s, because, least_s));
  };
  if (scenario.has_host_speed()) {
    const double flops = job.model.flops_per_sample() * static_cast<double>(samples);
    double speed = cluster.speed_of_workers();
    for (const RankRecord& record : membership.departed) speed += cluster.speed_of(record.rank);
    const std::size_t hosts = static_cast<std::size_t>(job.workers) + membership.departed.size();
    require(flops / speed, fmt::format("{:.6g} flops on {} hosts of {:.6g} flop/s take", flops, hosts,
                                       speed / static_cast<double>(hosts)));
  }
  const World& world = scenario.traits();
  if (world.least_time == nullptr) return;
  const LeastTime least_s = world.least_time(cluster, static_cast<int>(records.size()));
  if (!least_s) return;
  for (const RankRecord& record : records) {
    const std::uint64_t out = record.traffic.bytes_sent - record.traffic.bytes_kept;
    const std::uint64_t in = record.traffic.bytes_received - record.traffic.bytes_kept;
    for (const auto& [values_bytes, direction] : {std::pair{out, "leaving"}, std::pair{in, "reaching"}}) {
      const double bytes = job.model.wire_bytes(static_cast<double>(values_bytes));
      require(least_s(record.rank, bytes),
              fmt::format("{:.0f} bytes {} rank {} over all its links take", bytes, direction, record.rank));
    }
  }
}

}  // namespace tandem
