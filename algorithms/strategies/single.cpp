// One worker, no communication: the oracle that every other strategy is compared with.
//
//   cost of a step: compute
#include <fmt/format.h>

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/strategy.h"

namespace tandem::strategies {
namespace {

void run(Comm& comm, const Job& job, Training& training) {
  Replica replica(comm, job, all_layers(job.model));
  Optimizer optimizer(comm, job.workload.optimizer, job.model.parameters, job.steps);
  Pass pass = replica.make_pass(job.batches.global_batch());
  training.state().add_parameters(0, replica.parameters(), Copy::owned);
  optimizer.describe(training.state(), 0, Copy::owned);

  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const auto rows = job.batches.global(step);
        const double loss = local_gradient(comm, replica, pass, rows);
        optimizer.update(comm, replica.parameters(), replica.gradients(), step);
        return StepEnd{.loss = loss, .samples = rows.size()};
      },
      [&](std::size_t, const StepEnd& end) { return is_low_enough(job, end.loss); });
}

std::optional<std::string> refusal(const Job& job) {
  if (job.workers == 1) return std::nullopt;
  return fmt::format("single runs on one worker, not on {}", job.workers);
}

}  // namespace

Strategy single() {
  return {.name = "single",
          .doc = "one worker, no communication: the oracle",
          .paper = "the definition of stochastic gradient descent",
          .facts = [](const Choice&) { return Facts{.can_be_kept = true}; },
          .layout = [](const Choice&, int) { return Layout{.ranks = 1}; },
          .refusal = refusal,
          .run = run,
          .traffic = [](const Job&, int, StepRange) { return std::optional<Traffic>(Traffic{}); },
          .memory = [](const Job& job, int rank) { return std::optional<Memory>(worker_memory(job, rank)); }};
}

}  // namespace tandem::strategies
