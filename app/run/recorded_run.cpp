#include "app/run/recorded_run.h"

#include <fmt/format.h>

#include "algorithms/strategies/strategy.h"
#include "app/export/recording.h"
#include "core/comm.h"
#include "core/errors.h"

namespace tandem {

std::optional<Conflict> refusal_of_recording(const Scenario& scenario) {
  if (!scenario.traits().predicts) {
    return Conflict{"world", fmt::format("the {} world is real, and an export plays a simulation: add -s world=sim",
                                         scenario.world)};
  }
  if (!scenario.checkpoint && scenario.faults.empty()) return std::nullopt;
  return Conflict{scenario.checkpoint ? "checkpoint" : "faults",
                  "checkpoints and faults have no place in other tools' files; take them out of the scenario"};
}

std::vector<Program> record_run(const Run& run) {
  const Scenario& scenario = run.scenario;
  if (const auto refusal = refusal_of_recording(scenario)) throw UsageError(refusal->reason);
  const Strategy& strategy = strategy_of(scenario.strategy);
  const Job job = job_of(run);
  const WorldOptions options{.ranks = ranks_of(run),
                             .payload = scenario.payload,
                             .wire_bytes_per_value = job.model.wire_bytes_per_value,
                             .timeout_s = scenario.timeout_s,
                             .cluster = scenario.cluster,
                             .flows = scenario.flows};
  std::vector<Program> programs(static_cast<std::size_t>(options.ranks));
  scenario.traits().run(options, [&](Endpoint& endpoint) {
    Recorder recorder(programs[static_cast<std::size_t>(endpoint.rank())],
                      job.model.wire_bytes_per_value / kBytesPerValue);
    RecordingEndpoint recording(endpoint, recorder);
    Comm comm(recording, {.payload = scenario.payload,
                          .timeout_s = kNoDeadline,
                          .noise = scenario.cluster.noise,
                          .seed = job.seed,
                          .nodes = {.workers = job.workers, .ranks_per_node = job.ranks_per_node}});
    Training training(job.workload.evaluate_every, nullptr);
    training.start(comm.now());
    strategy.run(comm, job, training);
  });
  return programs;
}

}  // namespace tandem
