#include "app/run/dealing.h"

#include <algorithm>
#include <numeric>

#include "app/run/bounds.h"

namespace tandem {
namespace {

// Measured by `tandem explain` and bench_training on one core; shards are only as even as these are true.
constexpr double kSimulatedMessage_s = 2e-6, kFlop_s = 2e-10;
/// Starting a process and reading its data.
constexpr double kRun_s = 0.02;

}  // namespace

double predicted_cost_s(const Run& run) {
  const Scenario& scenario = run.scenario;
  const Job job = job_of(run);
  const StepCost cost = step_cost(scenario, strategy_of(scenario.strategy), job);
  const auto steps = static_cast<double>(job.steps);
  const double flops = scenario.payload == Payload::numeric
                           ? steps * job.model.flops_per_sample() * static_cast<double>(job.batches.global_batch())
                           : 0;
  const double arithmetic_s = flops * kFlop_s;
  if (!scenario.traits().predicts) return kRun_s + std::max(arithmetic_s, steps * cost.least_s());
  // A strategy without a closed form sends and receives about twice per rank and step.
  const double messages = cost.has_closed_form ? cost.messages : 4.0 * cost.ranks;
  return kRun_s + arithmetic_s + steps * messages * kSimulatedMessage_s;
}

std::vector<int> deal(const std::vector<double>& costs_s, int shards) {
  std::vector<std::size_t> order(costs_s.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs_s[a] > costs_s[b]; });
  std::vector<double> load_s(static_cast<std::size_t>(shards));
  std::vector<int> shard_of(costs_s.size());
  for (const std::size_t run : order) {
    const auto least = std::min_element(load_s.begin(), load_s.end());
    *least += costs_s[run];
    shard_of[run] = static_cast<int>(least - load_s.begin());
  }
  return shard_of;
}

}  // namespace tandem
