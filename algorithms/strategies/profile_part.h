// A part of a profile whose layers are cut by tensors, each like a pair of layers: it states work, and exchanges what
// ranks exchange inside it. A whole model is such a part without borders.
#pragma once

#include <string_view>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/strategies/stage_part.h"
#include "algorithms/strategies/tensor_cut.h"

namespace tandem {

class ProfilePart : public StagePart {
 public:
  /// `number`: which of its stage's parts it is; below 0: it is the whole model, and has no micro-batches.
  ProfilePart(Comm& shards, const Job& job, const Chunk& chunk, int number, const std::vector<std::size_t>& samples,
              const Collective& sums, BetweenPairs between);

  Slice parameters() override { return parameters_; }
  Slice gradients() override { return gradients_; }
  void describe(State&, Optimizer&, Copy) override {}

  void forward(std::size_t m) override;
  void backward(std::size_t m, SlotWork work) override;

  Slice input(std::size_t m) override { return part_of_border(borders_[m].input); }
  Slice output(std::size_t m) override { return part_of_border(borders_[m].output); }
  Slice input_gradient(std::size_t m) override { return part_of_border(borders_[m].input_gradient); }
  Slice output_gradient(std::size_t m) override { return part_of_border(borders_[m].output_gradient); }

 private:
  struct Borders {
    Buffer input, output, input_gradient, output_gradient;  ///< whole; empty where the model ends
  };

  std::size_t count(std::size_t m, std::size_t layer) const;
  Slice part_of_border(Slice whole) const;
  /// What layer `layer` is given, or its gradient. The model's last output counts as that of a layer behind it.
  Slice values(std::size_t m, std::size_t layer);
  Slice gradients(std::size_t m, std::size_t layer);
  /// Makes sums of what every rank has added up a part of.
  void sum(Slice values);
  void gather(Slice values) { sums_.all_gather.run(shards_, values); }
  void compute(std::size_t m, std::string_view name, double flops, const LayerBytes& moved);

  Comm& shards_;
  const Job& job_;
  Chunk chunk_;
  int number_;
  std::vector<std::size_t> samples_;
  const Collective& sums_;
  BetweenPairs between_;
  Buffer parameters_, gradients_;
  std::vector<Borders> borders_;  ///< one set for each micro-batch
  Buffer room_;                   ///< for what is exchanged between layers
};

}  // namespace tandem
