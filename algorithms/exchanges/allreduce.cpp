// Data parallelism by all-reduce: every worker holds the whole model, computes the gradient of its part of the global
// batch, and a collective sums the gradients, so that all take the same step (Sergeev and Del Balso, "Horovod: fast and
// easy distributed deep learning in TensorFlow", 2018; Li et al., "PyTorch Distributed", VLDB 2020).
//
//   cost of a step: compute/n + the collective's cost for the model's bytes; with `overlap` the collective runs beside
//   the backward pass, and the step lasts at least max(compute/n, collective) and at most their sum
#include "algorithms/collectives/pick.h"
#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/collective_option.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/optimizer.h"

namespace tandem::strategies {
namespace {

class AllReduce : public Exchange {
 public:
  explicit AllReduce(const Worker& worker)
      : replica_(worker.replica),
        collective_(collective_of(worker.job)),
        optimizer_(worker.comm, worker.job.workload.optimizer, worker.job.model.parameters, worker.job.steps) {}

  void gradients_ready(Comm& stack, const Step&, Range layers) override {
    collective_.all_reduce.run(stack, replica_.gradients_of(layers));
  }
  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    optimizer_.update(comm, replica_.parameters(), replica_.gradients(), step.number);
    return std::nullopt;
  }
  void describe(State& state) override { optimizer_.describe(state, 0, Copy::replica); }

 private:
  Replica& replica_;
  const Collective& collective_;
  Optimizer optimizer_;
};

std::vector<std::size_t> bucket_counts(const Job& job) {
  std::vector<std::size_t> counts;
  for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>())) {
    counts.push_back(job.model.parameter_range(bucket).size());
  }
  return counts;
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  Traffic step;
  for (const std::size_t count : bucket_counts(job)) {
    step += collective_of(job).all_reduce.traffic(shape_of(job, count), rank);
  }
  return step * steps.size();
}

std::string picks(const Job& job) {
  return collective_of(job).pick ? picks_text(collective_of(job), shape_of(job, 0), bucket_counts(job)) : std::string();
}

}  // namespace

Strategy allreduce() {
  return data_parallel({
      .name = "allreduce",
      .doc = "data parallel: a collective sums the gradients every step",
      .paper = "Sergeev and Del Balso 2018 (Horovod); Li et al. 2020 (PyTorch DDP)",
      .options = {collective_option()},
      .facts =
          [](const Choice& choice) {
            return Facts{.picks_by_size = collective_named(choice.get<CollectiveOption>().name).pick != nullptr};
          },
      .make = [](const Worker& worker) { return std::make_unique<AllReduce>(worker); },
      .traffic = traffic,
      .picks = picks,
  });
}

}  // namespace tandem::strategies
