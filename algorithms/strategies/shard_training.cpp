#include "algorithms/strategies/shard_training.h"

#include "algorithms/model/optimizer.h"
#include "algorithms/strategies/local_gradient.h"
#include "algorithms/strategies/profile_part.h"

namespace tandem {

void train_shards(Comm& comm, const Job& job, Training& training, const Collective& sums, BetweenPairs between,
                  const std::function<double(Comm& inside, TensorShard& shard)>& passes) {
  Replicas replicas(comm, job, sums);
  Comm& inside = replicas.inside();
  TensorShard shard(inside, job, {.layers = all_layers(job.model)}, {replicas.place().samples}, between);
  Optimizer optimizer(comm, job.workload.optimizer, shard.parameters().count, job.steps);
  shard.describe(training.state(), replicas.copy());
  double loss = 0;
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        const auto rows = replicas.rows(step);
        shard.begin_step();
        shard.load(rows);
        loss = passes(inside, shard);
        replicas.sum(shard.gradients());
        optimizer.update(comm, shard.parameters(), shard.gradients(), step);
        return inside.rank() == 0 ? StepEnd{.loss = loss, .samples = rows.size()} : StepEnd{};
      },
      [&](std::size_t, const StepEnd&) { return is_low_enough(job, loss); });
}

void train_profile_shards(Comm& comm, const Job& job, Training& training, const Collective& sums,
                          BetweenPairs between) {
  Replicas replicas(comm, job, sums);
  Comm& inside = replicas.inside();
  const std::size_t samples = replicas.place().samples;
  ProfilePart part(inside, job, {.layers = all_layers(job.model)}, /*number=*/-1, {samples}, sums, between);
  Optimizer optimizer(comm, job.workload.optimizer, part.parameters().count, job.steps);
  training.each_step(
      comm, job.steps,
      [&](std::size_t step) {
        part.forward(0);
        part.backward(0, SlotWork::backward);
        replicas.sum(part.gradients());
        optimizer.update(comm, part.parameters(), part.gradients(), step);
        return inside.rank() == 0 ? StepEnd{.samples = samples} : StepEnd{};
      },
      [](std::size_t, const StepEnd&) { return false; });
}

}  // namespace tandem
