// One worker, no communication: the oracle that every other strategy is compared with.
#include "algorithms/strategies/single.h"

#include <fmt/core.h>

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {
namespace {

void run(Comm& comm, const Job& job, Recorder& recorder) {
  Replica replica(comm, job, all_layers(job.model));
  Optimizer optimizer(comm, job.workload.optimizer, job.model.parameters, job.steps);
  Pass pass = replica.make_pass(job.batches.global_batch());

  for (std::size_t step = 0; step < job.steps; ++step) {
    const auto rows = job.batches.global(step);
    const double loss = local_gradient(comm, replica, pass, rows);
    optimizer.update(comm, replica.parameters(), replica.gradients(), step);
    recorder.step(comm, step, loss, rows.size());
    recorder.snapshot_if_due(comm, step + 1, 0, replica.parameters());
    if (is_low_enough(job, loss)) break;
  }
  recorder.finish(0, replica.parameters(), /*owns=*/true);
}

int ranks(const Job&) { return 1; }

std::optional<std::string> refusal(const StrategySpec&, int workers, const Model&) {
  if (workers == 1) return std::nullopt;
  return fmt::format("single runs on one worker, not on {}", workers);
}

Traffic traffic(const Job&, int, std::size_t) { return {}; }

}  // namespace

Strategy single_strategy() {
  return {.name = "single",
          .doc = "one worker, no communication: the oracle",
          .options = {},
          .synchronous = true,
          .ranks = ranks,
          .refusal = refusal,
          .run = run,
          .traffic = traffic};
}

}  // namespace tandem
