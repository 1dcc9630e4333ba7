// What a run's stacks are to know of checkpoints and failures, from its scenario.
#include <algorithm>

#include "algorithms/exchanges/backup_option.h"
#include "app/run/checkpoint_identity.h"
#include "app/run/checkpoints.h"
#include "app/scenario/checkpoint_fields.h"
#include "app/store/journal.h"

namespace tandem {
std::vector<Holder> holders_of(const Layout& layout) {
  std::vector<Holder> holders;
  for (int rank = 0; rank < layout.ranks; ++rank) {
    holders.push_back({rank, 0});
    if (rank < layout.colocated_servers) holders.push_back({rank, 1});
  }
  return holders;
}

std::optional<CheckpointPlan> plan_checkpoints(const Scenario& scenario, const Strategy& strategy, const Job& job,
                                               const std::filesystem::path& folder, const Attempt& attempt) {
  const bool is_plain =
      !scenario.checkpoint && !scenario.recovery && !scenario.membership && scenario.faults.empty() && !attempt.change;
  if (is_plain && !attempt.goes_on()) return std::nullopt;
  const Facts facts = strategy.facts(job.strategy);
  CheckpointPlan plan{.spec = scenario.checkpoint,
                      .folder = folder,
                      .identity = checkpoint_identity(scenario, job),
                      .holders = holders_of(strategy.layout(job.strategy, job.workers)),
                      .replicas_agree = facts.same_bits && facts.every_gradient_every_step,
                      .is_asynchronous = !facts.same_bits,
                      .outlives_deaths = outlives_deaths(job.strategy),
                      .notes_progress = scenario.recovery.has_value(),
                      .clock_goes_on = scenario.traits().has_one_clock,
                      .noise = scenario.cluster.noise,
                      .seed = job.seed,
                      .hangs = hangs_of(scenario),
                      .membership = scenario.membership,
                      .steps = job.steps,
                      .workers = job.workers,
                      .attempt = attempt};
  std::erase_if(plan.hangs, [&](const PlannedHang& planned) {
    return std::find(attempt.hung.begin(), attempt.hung.end(), planned.fault) != attempt.hung.end();
  });
  if (survives_failures(scenario)) plan.deaths = planned_failures(scenario);
  if (!scenario.checkpoint) return plan;
  if (plan.clock_goes_on && scenario.checkpoint->bandwidth_bytes_per_s)
    plan.seconds_per_byte = job.model.wire_bytes(1) / *scenario.checkpoint->bandwidth_bytes_per_s;
  plan.mtbf_s = scenario.checkpoint->mtbf_s.value_or(mtbf_of_cluster_s(scenario).value_or(0));
  return plan;
}

double CheckpointPlan::start_of_training_s(double now_s) const {
  if (clock_goes_on) return attempt.start_s;
  return now_s - (attempt.is_restart ? steady_now_s() - attempt.start_s : attempt.begins_at_s);
}

}  // namespace tandem
