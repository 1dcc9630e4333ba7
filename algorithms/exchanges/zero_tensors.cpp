// The first stage of ZeRO with whole tensors, as in PyTorch's ZeroRedundancyOptimizer on top of its data parallelism
// (Rajbhandari et al. 2020): a collective sums all gradients for all; each tensor has one owner, who alone keeps its
// optimizer's state and updates it, and then broadcasts it. Tensors are dealt out whole, the largest first, each to
// the worker that has least so far. `zero` deals out even slices, as DeepSpeed does, and needs no balance.
//
//   cost of a step: compute/n + the collective's for N bytes + a broadcast for each tensor, about N beta
//   state in bytes per parameter, with Adam in float32: 8 + 8 p, where p is the share of what the worker owns: at
//   least that of the largest tensor, for the worker who has it
#include <deque>

#include "algorithms/collectives/collective_option.h"
#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/coded_sum.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/exchanges/whole_tensors.h"
#include "algorithms/model/optimizer.h"

namespace tandem::strategies {
namespace {

// NCCL broadcasts along a chain, too.
const Collective& telling() { return collective_named("chain"); }

class ZeroTensors : public Exchange {
 public:
  explicit ZeroTensors(const Worker& worker)
      : replica_(worker.replica), rank_(worker.comm.rank()), tensors_(dealt_out(worker.job.model, worker.job.workers)) {
    for (const Range& bucket : plan_buckets(worker.job.model, worker.job.strategy.get<LoopOptions>()))
      sums_.emplace_back(worker.comm, worker.job, worker.job.model.parameter_range(bucket));
    for (const OwnedTensor& tensor : tensors_) {
      const std::size_t count = tensor.owner == rank_ ? tensor.range.size() : 0;
      optimizers_.emplace_back(worker.comm, worker.job.workload.optimizer, count, worker.job.steps);
    }
  }

  void gradients_ready(Comm& stack, const Step& step, Range layers) override {
    sums_[summed_++].run(stack, step.number, replica_.gradients_of(layers));
  }

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    summed_ = 0;
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (tensors_[i].owner != rank_) continue;
      const Slice gradients = part_of(replica_.gradients(), tensors_[i].range);
      optimizers_[i].update(comm, part_of(replica_.parameters(), tensors_[i].range), gradients, step.number);
    }
    for (const OwnedTensor& tensor : tensors_)
      telling().broadcast.run(comm, part_of(replica_.parameters(), tensor.range), tensor.owner);
    return std::nullopt;
  }

  void describe(State& state) override {
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
      if (tensors_[i].owner == rank_) optimizers_[i].describe(state, tensors_[i].range.begin, Copy::owned);
    }
    for (CodedSum& sum : sums_) sum.describe(state);
  }

 private:
  Replica& replica_;
  int rank_;
  std::vector<OwnedTensor> tensors_;
  std::deque<CodedSum> sums_;  // per bucket
  std::size_t summed_ = 0;     // buckets of this step
  std::deque<Optimizer> optimizers_;
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto one_each = [](StepRange range) { return range.size(); };
  Traffic traffic;
  for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>()))
    traffic += sum_traffic(job, job.model.parameter_range(bucket), rank, steps, one_each);
  for (const OwnedTensor& tensor : dealt_out(job.model, job.workers)) {
    CallShape shape = shape_of(job, tensor.range.size());
    shape.root = tensor.owner;
    traffic += telling().broadcast.traffic(shape, rank) * steps.size();
  }
  return traffic;
}

Memory memory(const Job& job, int worker) {
  double owned = 0;
  for (const OwnedTensor& tensor : dealt_out(job.model, job.workers)) {
    if (tensor.owner == worker) owned += static_cast<double>(tensor.range.size());
  }
  Memory memory = worker_memory(job, worker);
  memory.optimizer *= owned / static_cast<double>(job.model.parameters);
  return memory;
}

}  // namespace

Strategy zero_tensors() {
  return data_parallel(
      {.name = "zero-tensors",
       .doc = "data parallel: each worker updates the tensors that it owns, whole ones, and broadcasts them",
       .paper = "Rajbhandari et al. 2020 (PyTorch's ZeroRedundancyOptimizer)",
       .options = {collective_option(), codec_option()},
       .facts = [](const Choice&) { return Facts{}; },
       .make = [](const Worker& worker) { return std::make_unique<ZeroTensors>(worker); },
       .traffic = traffic,
       .memory = memory,
       .coding_memory = memory_of_coded_sums});
}

}  // namespace tandem::strategies
