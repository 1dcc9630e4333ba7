// Expert parallelism (Lepikhin et al., "GShard: scaling giant models with conditional computation and automatic
// sharding", 2020; Fedus, Zoph and Shazeer, "Switch transformers", 2021; Rajbhandari et al., "DeepSpeed-MoE", 2022):
// data parallel workers, of which each group of e has one copy of all experts, dealt out. A layer's router sends every
// token to k experts: an all-to-all in the group takes tokens to them, and another brings back what they computed.
// Backward the gradients travel in the same way. Gradients of what every worker has are summed over all of them, those
// of an expert over the n/e workers that have it.
//
//   cost of a step, L layers with experts: compute/n + 4 L all-to-alls of T k c values of the width, for a worker's T
//   tokens and the capacity factor c; an all-reduce of all but the experts over n, and of the experts' e-th part over
//   n/e; full recomputation: 2 L all-to-alls more
//   memory: parameters, gradients and optimizer state of the experts divided by e; room for tokens on their way
//
// Routing is even and messages are padded (expert_share.h): so time does not depend on a router, and a capacity factor
// is what leaving room for an uneven one costs. With e = 1 this is `allreduce`, and nothing is sent to experts.
#include "algorithms/collectives/collective_option.h"
#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/expert_layout.h"
#include "algorithms/strategies/expert_share.h"
#include "algorithms/strategies/strategy.h"

namespace tandem::strategies {
namespace {

constexpr int kGroup = 1, kPeers = 2;

class ExpertWorker {
 public:
  ExpertWorker(Comm& comm, const Job& job)
      : comm_(comm),
        job_(job),
        place_(expert_place(job, comm.rank())),
        group_(comm.group(group_of(place_), kGroup)),
        peers_(comm.group(peers_of(place_), kPeers)),
        shared_(comm, job, shared_parameters(job.model)),
        experts_(comm, job, expert_parameters(job)) {
    const std::size_t values = place_.degree == 1 ? 0 : most_dispatched_values(job);
    outgoing_ = comm.make_buffer(values);
    incoming_ = comm.make_buffer(values);
  }

  void forward(std::size_t samples) {
    for (const Layer& layer : job_.model.layers) {
      compute("forward", flops_besides_experts(layer, layer.forward_flops_per_sample, samples), layer.forward_moved,
              samples);
      if (layer.experts.count != 0) pass_experts("forward", layer, layer.forward_flops_per_sample);
    }
  }

  // Full recomputation takes the tokens to their experts and back once more.
  void backward(std::size_t samples) {
    for (auto layer = job_.model.layers.rbegin(); layer != job_.model.layers.rend(); ++layer) {
      if (layer->experts.count != 0) {
        if (job_.model.recompute == Recomputation::full) exchange(*layer), exchange(*layer);
        pass_experts("backward", *layer, layer->backward_flops_per_sample);
      }
      compute("backward", flops_besides_experts(*layer, layer->backward_flops_per_sample, samples),
              layer->backward_moved, samples);
    }
  }

  void update(std::size_t step) {
    const Collective& sums = collective_of(job_);
    sums.all_reduce.run(comm_, shared_.gradients);
    sums.all_reduce.run(peers_, experts_.gradients);
    shared_.optimizer.update(comm_, shared_.parameters, shared_.gradients, step);
    experts_.optimizer.update(comm_, experts_.parameters, experts_.gradients, step);
  }

 private:
  struct Weights {
    Weights(Comm& comm, const Job& job, std::size_t count)
        : parameters(comm.make_buffer(count)),
          gradients(comm.make_buffer(count)),
          optimizer(comm, job.workload.optimizer, count, job.steps) {}
    Buffer parameters, gradients;
    Optimizer optimizer;
  };

  void exchange(const Layer& layer) {
    if (place_.degree == 1) return;
    const std::size_t count = dispatched_values(job_, layer);
    all_to_all_of(job_).all_to_all.run(group_, outgoing_.slice().part(0, count), incoming_.slice().part(0, count));
  }

  void pass_experts(std::string_view name, const Layer& layer, double flops_per_sample) {
    exchange(layer);
    compute(name, flops_in_experts(job_, layer, flops_per_sample), {}, 0);
    exchange(layer);
  }

  void compute(std::string_view name, double flops, const LayerBytes& moved, std::size_t samples) {
    comm_.compute({.flops = flops, .memory_bytes = static_cast<double>(samples) * moved.sum(), .name = name}, [] {});
  }

  Comm& comm_;
  const Job& job_;
  ExpertPlace place_;
  Comm group_, peers_;
  Weights shared_, experts_;
  Buffer outgoing_, incoming_;
};

void run(Comm& comm, const Job& job, Training& training) {
  ExpertWorker worker(comm, job);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const std::size_t samples = job.batches.part_size(step, comm.rank());
        worker.forward(samples);
        worker.backward(samples);
        worker.update(step);
        return StepEnd{.samples = samples};
      },
      [](std::size_t, const StepEnd&) { return false; });
}

std::optional<Traffic> traffic(const Job& job, int rank, StepRange steps) {
  const ExpertPlace place = expert_place(job, rank);
  const Collective& sums = collective_of(job);
  Traffic step = sums.all_reduce.traffic(shape_of(job, shared_parameters(job.model)), rank);
  step += sums.all_reduce.traffic(shape_across(job, place.degree, expert_parameters(job)), place.group);
  const std::uint64_t exchanges = job.model.recompute == Recomputation::full ? 6 : 4;
  for (const Layer& layer : job.model.layers) {
    if (layer.experts.count == 0 || place.degree == 1) continue;
    const CallShape shape{.size = place.degree, .count = dispatched_values(job, layer)};
    step += all_to_all_of(job).all_to_all.traffic(shape, place.place) * exchanges;
  }
  return step * steps.size();
}

}  // namespace

Strategy expert() {
  return {.name = "expert",
          .doc = "data parallel, with a profile's experts dealt out: all-to-alls take tokens to them and back",
          .paper = "Lepikhin et al. 2020 (GShard); Fedus et al. 2021 (Switch)",
          .options = {collective_option(), expert_options()},
          .facts = [](const Choice&) { return Facts{.every_gradient_every_step = false, .sends_activations = true}; },
          .layout = [](const Choice&, int workers) { return Layout{.ranks = workers}; },
          .refusal = refusal_of_experts,
          .run = run,
          .traffic = traffic,
          .memory = [](const Job& job, int rank) { return std::optional(memory_with_experts(job, rank)); }};
}

}  // namespace tandem::strategies
