// Data parallelism by all-reduce: every worker holds the whole model, computes the gradient of its part of the global
// batch, and a collective sums the gradients, so that all take the same step (Sergeev and Del Balso, "Horovod: fast and
// easy distributed deep learning in TensorFlow", 2018; Li et al., "PyTorch Distributed", VLDB 2020).
//
//   cost of a step: compute/n + the collective's cost for the model's bytes; with `overlap` the collective runs beside
//   the backward pass, and the step lasts at least max(compute/n, collective) and at most their sum
#include "algorithms/collectives/collective_option.h"
#include "algorithms/collectives/pick.h"
#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/coded_sum.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/optimizer.h"

namespace tandem::strategies {
namespace {

std::vector<Range> buckets_of(const Job& job) { return plan_buckets(job.model, job.strategy.get<LoopOptions>()); }

class AllReduce : public Exchange {
 public:
  explicit AllReduce(const Worker& worker)
      : replica_(worker.replica),
        optimizer_(worker.comm, worker.job.workload.optimizer, worker.job.model.parameters, worker.job.steps) {
    for (const Range& bucket : buckets_of(worker.job)) {
      sums_.emplace_back(worker.comm, worker.job, worker.job.model.parameter_range(bucket));
    }
  }

  void gradients_ready(Comm& stack, const Step& step, Range layers) override {
    sums_[summed_++].run(stack, step.number, replica_.gradients_of(layers));
  }
  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    summed_ = 0;
    optimizer_.update(comm, replica_.parameters(), replica_.gradients(), step.number);
    return std::nullopt;
  }
  void describe(State& state) override {
    optimizer_.describe(state, 0, Copy::replica);
    for (CodedSum& sum : sums_) sum.describe(state);
  }

 private:
  Replica& replica_;
  std::vector<CodedSum> sums_;  // per bucket
  std::size_t summed_ = 0;      // buckets of this step
  Optimizer optimizer_;
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto one_each = [](StepRange range) { return range.size(); };
  Traffic traffic;
  for (const Range& bucket : buckets_of(job)) {
    traffic += sum_traffic(job, job.model.parameter_range(bucket), rank, steps, one_each);
  }
  return traffic;
}

std::string picks(const Job& job) {
  const Collective& collective = collective_of(job);
  if (!collective.pick) return {};
  std::vector<std::size_t> counts;
  for (const Range& bucket : buckets_of(job)) {
    for (const std::size_t count : form_of(job, job.model.parameter_range(bucket), is_coded(job, job.steps)).parts) {
      counts.push_back(count);
    }
  }
  return picks_text(collective, shape_of(job, 0), counts);
}

}  // namespace

Strategy allreduce() {
  return data_parallel({
      .name = "allreduce",
      .doc = "data parallel: a collective sums the gradients every step",
      .paper = "Sergeev and Del Balso 2018 (Horovod); Li et al. 2020 (PyTorch DDP)",
      .options = {collective_option(), codec_option()},
      .facts =
          [](const Choice& choice) {
            return Facts{.picks_by_size = collective_named(choice.get<CollectiveOption>().name).pick != nullptr,
                         .can_be_kept = true};
          },
      .make = [](const Worker& worker) { return std::make_unique<AllReduce>(worker); },
      .traffic = traffic,
      .memory = [](const Job& job, int rank) { return worker_memory(job, rank); },
      .coding_memory = memory_of_coded_sums,
      .picks = picks,
  });
}

}  // namespace tandem::strategies
