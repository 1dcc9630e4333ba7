#include "algorithms/strategies/shard_training.h"

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"

namespace tandem {

void train_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between,
                  const std::function<double(Comm& inside, TensorShard& shard)>& passes) {
  Replicas replicas(comm, job, sums);
  Comm& inside = replicas.inside();
  TensorShard shard(inside, job, replicas.place().samples, between);
  Optimizer optimizer(comm, job.workload.optimizer, shard.parameters().count, job.steps);
  shard.describe(training.state(), replicas.copy());
  double loss = 0;
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const auto rows = replicas.rows(step);
        shard.load(rows);
        loss = passes(inside, shard);
        replicas.sum(shard.gradients());
        optimizer.update(comm, shard.parameters(), shard.gradients(), step);
        return inside.rank() == 0 ? StepEnd{.loss = loss, .samples = rows.size()} : StepEnd{};
      },
      [&](std::size_t, const StepEnd&) { return is_low_enough(job, loss); });
}

void ProfileShard::compute(double flops, const LayerBytes& moved, std::string_view name) {
  inside_.compute({.flops = samples_ / inside_.size() * flops,
                   .memory_bytes = bytes_of_shard(moved, samples_, inside_.size(), between_),
                   .name = name},
                  [] {});
}

void ProfileShard::forward(std::size_t layer) {
  const Layer& whole = job_.model.layers[layer];
  compute(whole.forward_flops_per_sample, whole.forward_moved, "forward");
}

void ProfileShard::backward(std::size_t layer) {
  const Layer& whole = job_.model.layers[layer];
  compute(whole.backward_flops_per_sample, whole.backward_moved, "backward");
}

void train_profile_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between,
                          const std::function<void(Comm& inside, ProfileShard& shard)>& passes) {
  Replicas replicas(comm, job, sums);
  Comm& inside = replicas.inside();
  const std::size_t share = parameters_of_shard(job.model, inside.size(), inside.rank());
  Buffer parameters = comm.make_buffer(share), gradients = comm.make_buffer(share);
  Optimizer optimizer(comm, job.workload.optimizer, share, job.steps);
  const std::size_t samples = replicas.place().samples;
  ProfileShard shard(inside, job, samples, between);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        passes(inside, shard);
        replicas.sum(gradients);
        optimizer.update(comm, parameters, gradients, step);
        return inside.rank() == 0 ? StepEnd{.samples = samples} : StepEnd{};
      },
      [](std::size_t, const StepEnd&) { return false; });
}

}  // namespace tandem
