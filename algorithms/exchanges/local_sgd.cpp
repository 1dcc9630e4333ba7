// Local SGD (Stich, "Local SGD converges fast and communicates little", ICLR 2019): workers step on their own rows;
// every `period` steps, and after the last, a collective averages their parameters.
//
//   cost of a step: compute/n + the collective's cost for the model's bytes, divided by the period
#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/local_step.h"

namespace tandem::strategies {
namespace {

class LocalSgd : public LocalStep {
 public:
  explicit LocalSgd(const Worker& worker)
      : LocalStep(worker), average_(worker.comm, job_, {0, job_.model.parameters}) {}

  void describe(State& state) override {
    LocalStep::describe(state);
    average_.describe(state);
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    if (is_due(job_, step)) average_.run(comm, step, replica_.parameters());
  }

  CodedAverage average_;
};

}  // namespace

Strategy local_sgd() {
  return data_parallel(
      {.name = "local-sgd",
       .doc = "workers step alone, and average their parameters once a period",
       .paper = "Stich 2019",
       .options = {collective_option(), codec_option(), period_option()},
       .scale = GradientScale::own,
       .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .can_be_kept = true}; },
       .make = [](const Worker& worker) { return std::make_unique<LocalSgd>(worker); },
       .refusal = refuse_stop_at_loss,
       .traffic = traffic_of_averages,
       .memory = [](const Job& job, int rank) { return worker_memory(job, rank); },
       .coding_memory = memory_of_coded_averages});
}

}  // namespace tandem::strategies
