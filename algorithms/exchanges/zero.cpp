// ZeRO (Rajbhandari et al., "ZeRO: memory optimizations toward training trillion parameter models", SC 2020): every
// worker owns an n-th of each bucket. Stage 1: it holds the optimizer's state of its own part alone; a reduce-scatter
// brings it the sum of that part's gradients, and after its update an all-gather brings everyone all parameters. Stage
// 2: gradients of other parts are dropped as well, as soon as their bucket is summed. Stage 3: so are parameters; a
// bucket's are gathered before its layers compute, forward and backward.
//
//   cost of a step: stages 1 and 2 compute/n + reduce-scatter + all-gather, 2 N bytes per worker; stage 3 3 N
//   state in bytes per parameter, with Adam in float32: stage 1 8 + 8/n, stage 2 4 + 12/n, stage 3 16/n
//
// The replica of a testbed keeps its room, whatever the stage; stage 3 overwrites what would have been freed, so that a
// layer that was not gathered could not go unnoticed.
#include <algorithm>
#include <deque>
#include <limits>

#include "algorithms/exchanges/buckets.h"
#include "algorithms/exchanges/coding_memory.h"
#include "algorithms/exchanges/exchange.h"
#include "algorithms/exchanges/sharded_memory.h"
#include "algorithms/model/optimizer.h"
#include "core/config/options.h"

namespace tandem::strategies {
namespace {

struct ZeroOptions {
  int stage = 1;
};

int stage_of(const Job& job) { return job.strategy.get<ZeroOptions>().stage; }
Others others_of(const Job& job) { return stage_of(job) < 3 ? Others::kept : Others::dropped; }

class Zero : public Exchange {
 public:
  explicit Zero(const Worker& worker)
      : job_(worker.job),
        replica_(worker.replica),
        buckets_(plan_buckets(job_.model, job_.strategy.get<LoopOptions>())) {
    for (const Range& bucket : buckets_) {
      scatters_.emplace_back(worker.comm, job_, job_.model.parameter_range(bucket), others_of(job_));
      optimizers_.emplace_back(worker.comm, job_.workload.optimizer, scatters_.back().own().size(), job_.steps);
    }
  }

  void before_layer(Comm& comm, std::size_t layer) override { enter(comm, &Range::begin, &Range::end, layer); }
  void before_backward(Comm& comm, std::size_t layer) override { enter(comm, &Range::end, &Range::begin, layer + 1); }

  void gradients_ready(Comm& stack, const Step& step, Range layers) override {
    scatters_[scattered_++].reduce_scatter(stack, step.number, replica_.gradients_of(layers));
  }

  std::optional<bool> end_step(Comm& comm, const Step& step) override {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      const Slice parameters = part_of(replica_.parameters(), scatters_[i].own());
      optimizers_[i].update(comm, parameters, part_of(replica_.gradients(), scatters_[i].own()), step.number);
      stage_of(job_) < 3 ? gather(comm, i) : forget_others(i);
    }
    scattered_ = 0;
    step_ = step.number + 1;
    return std::nullopt;
  }

  void describe(State& state) override {
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      state.add_parameters(scatters_[i].own().begin, part_of(replica_.parameters(), scatters_[i].own()), Copy::owned);
      optimizers_[i].describe(state, scatters_[i].own().begin, Copy::owned);
      scatters_[i].describe(state);
    }
  }

 private:
  void gather(Comm& comm, std::size_t bucket) {
    const Range all = job_.model.parameter_range(buckets_[bucket]);
    scatters_[bucket].all_gather(comm, step_, part_of(replica_.parameters(), all));
  }

  // A pass goes over the border before or behind a layer: the bucket that begins there is gathered, the one that the
  // pass leaves is dropped.
  void enter(Comm& comm, std::size_t Range::*first, std::size_t Range::*last, std::size_t border) {
    if (stage_of(job_) < 3) return;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i].*last == border) forget_others(i);
      if (buckets_[i].*first == border) gather(comm, i);
    }
  }

  void forget_others(std::size_t bucket) {
    const Range all = job_.model.parameter_range(buckets_[bucket]), own = scatters_[bucket].own();
    const Slice parameters = replica_.parameters();
    if (parameters.is_phantom()) return;
    const float nothing = std::numeric_limits<float>::quiet_NaN();
    std::fill(parameters.f32() + all.begin, parameters.f32() + own.begin, nothing);
    std::fill(parameters.f32() + own.end, parameters.f32() + all.end, nothing);
  }

  const Job& job_;
  Replica& replica_;
  std::vector<Range> buckets_;
  std::deque<CodedScatter> scatters_;
  std::size_t scattered_ = 0;  // buckets of this step
  std::size_t step_ = 0;
  std::vector<Optimizer> optimizers_;
};

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const auto& loop = job.strategy.get<LoopOptions>();
  const auto gathers = static_cast<std::uint64_t>(stage_of(job) < 3 ? 1 : 2 * loop.accumulate);
  const auto of_step = [&](bool is_coded) {
    Traffic step;
    for (const Range& bucket : plan_buckets(job.model, loop)) {
      const Range parameters = job.model.parameter_range(bucket);
      step += reduce_scatter_traffic(job, parameters, rank, is_coded);
      step += all_gather_traffic(job, parameters, rank, is_coded) * gathers;
    }
    return step;
  };
  return traffic_of_steps(job, steps, of_step);
}

std::optional<std::string> refusal(const Job& job) {
  if (stage_of(job) == 3) {
    if (auto reason = refuse_anew(job)) return reason;
  }
  const Collective& collective = collective_of(job);
  if (collective.reduce_scatter && collective.all_gather) return std::nullopt;
  return fmt::format("zero needs a reduce-scatter and an all-gather, and {} has not both", collective.name);
}

}  // namespace

Strategy zero() {
  const auto keys = Mapping<ZeroOptions>().key("stage", &ZeroOptions::stage, whole<int>(between(1, 3)),
                                               "what is sharded: optimizer state; gradients, too; parameters, too");
  const auto label = +[](const ZeroOptions& options) { return fmt::format("stage {}", options.stage); };
  return data_parallel(
      {.name = "zero",
       .doc = "data parallel: each worker owns a part of optimizer state, gradients or parameters",
       .paper = "Rajbhandari et al. 2020",
       .options = {collective_option(), codec_option(), option_table(keys, label)},
       .worker_copies = Copy::version,
       .describes_model = true,
       .facts = [](const Choice&) { return Facts{}; },
       .make = [](const Worker& worker) { return std::make_unique<Zero>(worker); },
       .refusal = refusal,
       .traffic = traffic,
       .memory = [](const Job& job, int rank) { return sharded_memory(job, rank, stage_of(job)); },
       .coding_memory = [](const Job& job, int rank) { return memory_of_coded_scatters(job, rank, others_of(job)); }});
}

}  // namespace tandem::strategies
