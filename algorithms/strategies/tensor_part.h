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
             const Collective& sums)
      : shards_(shards),
        chunk_(chunk),
        sums_(sums),
        shard_(shards, job, chunk.layers, samples, BetweenPairs::whole),
        last_(shard_.layers().size() - 1) {}

  Slice parameters() override { return shard_.parameters(); }
  Slice gradients() override { return shard_.gradients(); }
  void describe(State& state, Optimizer&, Copy copy) override { shard_.describe(state, copy); }

  void begin_step() override { shard_.begin_step(); }
  void load(std::size_t m, std::span<const std::uint32_t> rows) override {
    shard_.use(m);
    shard_.load(rows);
  }
  void forward(std::size_t m) override;
  double loss(std::size_t m) override {
    shard_.use(m);
    return shard_.loss(shards_);
  }
  void backward(std::size_t m, SlotWork work) override;

  Slice input(std::size_t m) override {
    return border(m, [&] { return shard_.input(0); });
  }
  Slice output(std::size_t m) override {
    return border(m, [&] { return shard_.output(last_); });
  }
  Slice input_gradient(std::size_t m) override {
    return border(m, [&] { return shard_.input_gradient(0); });
  }
  Slice output_gradient(std::size_t m) override {
    return border(m, [&] { return shard_.output_gradient(last_); });
  }

 private:
  template <class Whole>
  Slice border(std::size_t m, Whole whole) {
    shard_.use(m);
    return shard_.part_of(whole());
  }

  Comm& shards_;
  Chunk chunk_;
  const Collective& sums_;
  TensorShard shard_;
  std::size_t last_;
};

/// Forward through all layers that the shard has, and backward, with one sum per pair each way. `sums_input`: somebody
/// waits for the gradient of the first layer's input, too.
void forward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums);
void backward_with_sums(Comm& shards, TensorShard& shard, const Collective& sums, bool sums_input);

}  // namespace tandem
