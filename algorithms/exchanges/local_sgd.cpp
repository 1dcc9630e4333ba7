// Local SGD (Stich, "Local SGD converges fast and communicates little", ICLR 2019): workers step on their own rows;
// every `period` steps, and after the last, a collective averages their parameters.
//
//   cost of a step: compute/n + the collective's cost for the model's bytes, divided by the period
#include "algorithms/exchanges/collective_option.h"
#include "algorithms/exchanges/local_step.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

struct LocalSgdOptions {
  std::size_t period = 8;
};

class LocalSgd : public LocalStep {
  using LocalStep::LocalStep;
  void agree(Comm& comm, std::size_t step) override {
    const bool is_due = (step + 1) % job_.strategy.get<LocalSgdOptions>().period == 0 || step + 1 == job_.steps;
    if (is_due) average(comm, collective_of(job_), replica_.parameters());
  }
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const std::size_t period = job.strategy.get<LocalSgdOptions>().period;
  const std::size_t last = steps.end == job.steps && job.steps % period != 0 ? 1 : 0;
  const Traffic average = collective_of(job).all_reduce.traffic(shape_of(job, job.model.parameters), rank);
  return average * (steps.end / period - steps.begin / period + last);
}

std::optional<std::string> refusal(const Job& job) {
  if (!job.workload.stop.loss) return std::nullopt;
  return "local-sgd averages after its last step, which stop.loss cannot tell in advance; give steps or epochs alone";
}

}  // namespace

Strategy local_sgd() {
  const auto keys = Mapping<LocalSgdOptions>().key("period", &LocalSgdOptions::period, whole(between(1, 1e9)),
                                                   "steps from one averaging of the parameters to the next");
  const auto label = +[](const LocalSgdOptions& options) { return fmt::format("H={}", options.period); };
  return data_parallel({.name = "local-sgd",
                        .doc = "workers step alone, and average their parameters once a period",
                        .paper = "Stich 2019",
                        .options = {collective_option(), option_table(keys, label)},
                        .scale = GradientScale::own,
                        .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false}; },
                        .make = [](const Worker& worker) { return std::make_unique<LocalSgd>(worker); },
                        .refusal = refusal,
                        .traffic = traffic});
}

}  // namespace tandem::strategies
