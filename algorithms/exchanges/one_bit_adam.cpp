// 1-bit Adam (Tang et al., "1-bit Adam: communication efficient large-scale training with Adam's convergence speed",
// ICML 2021). Adam is not linear in the gradient, so that error feedback cannot make up for what a codec loses. But its
// variance becomes stable early, and with a fixed variance Adam is SGD with momentum, for which feedback works. In
// `codec.warm_up` steps this is Adam by all-reduce. Then the second moment is frozen; each worker brings its gradient
// into the first moment, and the moments are summed under the codec: every part goes to its owner, coded, who sums it,
// codes the sum, and tells it to all. What either message loses is added to the next one.
//
//   cost of a step: compute/n + in the warm-up an all-reduce of N bytes, then an all-to-all and an all-gather of coded
//   parts bytes per worker, with `sign`, against all-reduces of float32: w + (1-w)/32, where w is the warm-up's share
//   of steps
//
// The paper's update has no bias correction. Here both moments keep theirs, the second one's that of the last step of
// the warm-up, so that a short warm-up leaves no jump.
#include <fmt/format.h>

#include <deque>

#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/coded_scatter.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/model/optimizer.h"

namespace tandem::strategies {
namespace {

class OneBitAdam : public Exchange {
 public:
  explicit OneBitAdam(const Worker& worker)
      : job_(worker.job),
        replica_(worker.replica),
        buckets_(plan_buckets(job_.model, job_.strategy.get<LoopOptions>())) {
    for (const Range& bucket : buckets_) {
      const Range range = job_.model.parameter_range(bucket);
      scatters_.emplace_back(worker.comm, job_, range, Others::summed);
      optimizers_.emplace_back(worker.comm, job_.workload.optimizer, range.size(), job_.steps);
    }
  }

  void gradients_ready(Comm& stack, const Step& step, Range layers) override {
    const Slice gradients = replica_.gradients_of(layers);
    const std::size_t bucket = summed_++;
    if (!is_coded(job_, step.number)) return collective_of(job_).all_reduce.run(stack, gradients);
    optimizers_[bucket].to_first_moment(stack, parameters_of(bucket), gradients, job_.workers);
    scatters_[bucket].reduce_scatter(stack, step.number, gradients);
    scatters_[bucket].all_gather(stack, step.number, gradients);
  }

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    summed_ = 0;
    const std::size_t warm_up = plain_steps(job_, {0, job_.steps}).size();
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const Slice gradients = replica_.gradients_of(buckets_[i]);
      is_coded(job_, step.number)
          ? optimizers_[i].update_by_first_moment(comm, parameters_of(i), gradients, step.number, warm_up)
          : optimizers_[i].update(comm, parameters_of(i), gradients, step.number);
    }
    return std::nullopt;
  }

  void describe(State& state) override {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      optimizers_[i].describe(state, job_.model.parameter_range(buckets_[i]).begin, Copy::replica);
      scatters_[i].describe(state);
    }
  }

 private:
  Slice parameters_of(std::size_t bucket) {
    return part_of(replica_.parameters(), job_.model.parameter_range(buckets_[bucket]));
  }

  const Job& job_;
  Replica& replica_;
  std::vector<Range> buckets_;
  std::deque<CodedScatter> scatters_;
  std::deque<Optimizer> optimizers_;
  std::size_t summed_ = 0;  // buckets of this step
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto of_step = [&](bool is_coded) {
    Traffic step;
    for (const Range& bucket : plan_buckets(job.model, job.strategy.get<LoopOptions>())) {
      const Range parameters = job.model.parameter_range(bucket);
      if (!is_coded) {
        step += collective_of(job).all_reduce.traffic(shape_of(job, parameters.size()), rank);
      } else {
        step += reduce_scatter_traffic(job, parameters, rank, true);
        step += all_gather_traffic(job, parameters, rank, true);
      }
    }
    return step;
  };
  return traffic_of_steps(job, steps, of_step);
}

std::optional<std::string> refusal(const Job& job) {
  if (moments_of(job.workload.optimizer) != 2) return "one-bit-adam needs an optimizer of Adam's kind: adam or adamw";
  if (codec_choice(job) == nullptr)
    return "one-bit-adam codes moments after a warm-up: name a codec, such as {name: sign, warm_up: 100}";
  if (plain_steps(job, {0, 1}).size() == 0)
    return "one-bit-adam freezes the second moment of its warm-up: codec.warm_up must be at least 1";
  if (collective_of(job).all_gather) return std::nullopt;
  return fmt::format("one-bit-adam needs an all-gather, and {} has none", job.strategy.get<CollectiveOption>().name);
}

}  // namespace

Strategy one_bit_adam() {
  return data_parallel(
      {.name = "one-bit-adam",
       .doc = "data parallel: after a warm-up Adam's second moment is frozen, and first moments are coded",
       .paper = "Tang et al. 2021",
       .options = {collective_option(), codec_option()},
       .facts = [](const Choice&) { return Facts{.can_be_kept = true}; },
       .make = [](const Worker& worker) { return std::make_unique<OneBitAdam>(worker); },
       .refusal = refusal,
       .traffic = traffic,
       .memory = [](const Job& job, int rank) { return worker_memory(job, rank); },
       .coding_memory = [](const Job& job, int rank) { return memory_of_coded_scatters(job, rank, Others::summed); }});
}

}  // namespace tandem::strategies
