// A part of a numeric model whose layers are cut by tensors (tensor_shard.h), for several micro-batches.
#pragma once

#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/stage_part.h"
#include "algorithms/strategies/tensor_shard.h"

namespace tandem {

class TensorPart : public StagePart {
 public:
  TensorPart(Comm& shards, const Job& job, const Chunk& chunk, const std::vector<std::size_t>& samples,
             const Collective& sums, BetweenPairs between)
      : shards_(shards), chunk_(chunk), sums_(sums), between_(between), shard_(shards, job, chunk, samples, between) {}

  Slice parameters() override { return shard_.parameters(); }
  Slice gradients() override { return shard_.gradients(); }
  void describe(State& state, Optimizer&, Copy copy) override { shard_.describe(state, copy); }

  void begin_step() override { shard_.begin_step(); }
  void load(std::size_t m, std::span<const std::uint32_t> rows) override {
    shard_.use(m);
    shard_.load(rows);
  }
  void forward(std::size_t m) override;
  double loss(std::size_t m) override;
  void backward(std::size_t m, SlotWork work) override;

  Slice input(std::size_t m) override { return of(m).part_of_values(0); }
  Slice output(std::size_t m) override { return of(m).part_of_values(shard_.end()); }
  Slice input_gradient(std::size_t m) override { return of(m).part_of_gradients(0); }
  Slice output_gradient(std::size_t m) override { return of(m).part_of_gradients(shard_.end()); }

 private:
  TensorShard& of(std::size_t m) {
    shard_.use(m);
    return shard_;
  }

  Comm& shards_;
  Chunk chunk_;
  const Collective& sums_;
  BetweenPairs between_;
  TensorShard shard_;
};

/// Forward through all layers that the shard has, and backward, with one sum per pair each way. `sums_input`: somebody
/// waits for the gradient of the first layer's input, too.
void forward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums);
void backward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums, bool sums_input);

/// The same where a part is kept between pairs, with the halves of these sums. What a pair is given is gathered before
/// it and, backward, once more; `is_last_there`: but for what was gathered last, as nothing else was since.
void forward_with_halves(Comm& shards, TensorShard& shard, const Collective& halves);
void backward_with_halves(Comm& shards, TensorShard& shard, const Collective& halves, bool is_last_there);

}  // namespace tandem
