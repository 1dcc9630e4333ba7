// DiLoCo (Douillard et al., "DiLoCo: distributed low-communication training of language models", 2023): workers take
// `period` steps of their own, by the workload's optimizer (the paper's: AdamW). What their parameters have moved on
// average is then the gradient of an outer step, with Nesterov's momentum, that all of them take alike.
//
//   cost of a step: compute/n + the collective's cost for the model's bytes, divided by the period
//   room: two copies of the parameters, what the workers last agreed on and the outer velocity
//
// With an outer rate of 1 and without outer momentum it is local SGD, to the bit.
#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/outer_step.h"

namespace tandem::strategies {
namespace {

class DiLoCo : public LocalStep {
 public:
  explicit DiLoCo(const Worker& worker)
      : LocalStep(worker),
        average_(worker.comm, job_, {0, job_.model.parameters}, Common::kept),
        velocity_(worker.comm.make_buffer(job_.model.parameters)) {}

  void describe(State& state) override {
    LocalStep::describe(state);
    average_.describe(state);
    state.add({"outer velocities", 0, velocity_, Copy::replica});
  }

 private:
  void agree(Comm& comm, std::size_t step) override {
    if (!is_due(job_, step)) return;
    const Slice parameters = replica_.parameters();
    average_.run(comm, step, parameters, [&](Slice common) {
      outer_step(comm, job_.strategy.get<OuterOptions>(), parameters, common, velocity_);
    });
  }

  CodedAverage average_;
  Buffer velocity_;
};

}  // namespace

Strategy diloco() {
  return data_parallel({.name = "diloco",
                        .doc = "workers step alone; their mean move is the gradient of an outer step once a period",
                        .paper = "Douillard et al. 2023",
                        .options = {collective_option(), codec_option(), period_option(), outer_options()},
                        .scale = GradientScale::own,
                        .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false}; },
                        .make = [](const Worker& worker) { return std::make_unique<DiLoCo>(worker); },
                        .refusal = refuse_stop_at_loss,
                        .traffic = traffic_of_averages,
                        .memory = [](const Job& job, int rank) { return worker_memory(job, rank, 2); },
                        .coding_memory = memory_of_coded_moves});
}

}  // namespace tandem::strategies
