#include "app/run/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

std::string text_of(const Traffic& traffic) {
  return fmt::format("{} messages and {} bytes sent, {} and {} received", traffic.messages_sent, traffic.bytes_sent,
                     traffic.messages_received, traffic.bytes_received);
}

// Under a loss target asynchronous workers end at different steps: the closed form holds for runs of equal steps only.
bool all_took_equal_steps(const Strategy& strategy, const Job& job) {
  return strategy.synchronous || !job.workload.stop.loss;
}

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

void check_traffic(const Strategy& strategy, const Job& job, const std::vector<RankRecord>& records) {
  Traffic total;
  for (const RankRecord& record : records) total += record.traffic;
  if (total.messages_sent != total.messages_received || total.bytes_sent != total.bytes_received) {
    throw CheckFailed(fmt::format("not all that was sent was received: {}", text_of(total)));
  }
  if (!all_took_equal_steps(strategy, job)) return;
  std::size_t steps = 0;
  for (const RankRecord& record : records) steps = std::max(steps, record.steps.size());
  for (const RankRecord& record : records) {
    const Traffic expected = strategy.traffic(job, record.rank, steps);
    if (record.traffic == expected) continue;
    throw CheckFailed(fmt::format("rank {} of {} over {} steps: {}; the closed form says {}", record.rank,
                                  strategy.name, steps, text_of(record.traffic), text_of(expected)));
  }
}

}  // namespace tandem
