// One rank's share of every layer (tensor_cut.h), and what it computes with it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "algorithms/job.h"
#include "algorithms/strategies/chunks.h"
#include "algorithms/strategies/tensor_cut.h"
#include "algorithms/training.h"

namespace tandem {

class TensorShard {
 public:
  /// The chunk's layers are cut among all of `comm`. There are several passes, for so many samples each.
  TensorShard(const Comm& comm, const Job& job, const Chunk& chunk, const std::vector<std::size_t>& samples,
              BetweenPairs between);

  const std::vector<ShardLayer>& layers() const { return layers_; }
  Slice parameters() { return parameters_; }
  Slice gradients() { return gradients_; }
  /// Adds the pieces of the model that this rank keeps for the run, as `copy` what no other rank of `comm` holds.
  void describe(State& state, Copy copy) { describe_shard(state, layers_, parameters_, rank_, copy); }

  /// Gradients start from zero, and the passes of a step add to them.
  void begin_step() { fresh_.assign(layers_.size(), true); }
  /// What follows is about this pass.
  void use(std::size_t pass) { pass_ = pass; }
  void load(std::span<const std::uint32_t> rows);
  /// The layer's output, of a layer that is cut by its inputs this rank's part of the sum: without activation function.
  void forward(Comm& comm, std::size_t layer);
  Slice output(std::size_t layer) { return values_of(now().activations, room_, layer + 1); }
  /// After the sum over ranks, where there is one. Between pairs of which a part is kept: of the part, and keeps it.
  void activate(Comm& comm, std::size_t layer);
  double loss(Comm& comm);
  /// Where a part of the layer's input is kept: copies it to its place in the input, so that ranks can gather it. The
  /// last layer's output counts as the input of a layer behind it.
  Slice restore_input(Comm& comm, std::size_t layer);
  /// The same of the gradient that has come over the border, before the activation function of the last layer.
  void restore_output_gradient(Comm& comm);
  /// Keeps the part of the first layer's input gradient that goes over the border.
  void keep_input_gradient(Comm& comm);
  /// The gradient before the activation function: of the part, where that is all there is.
  void activation_backward(Comm& comm, std::size_t layer);
  /// Adds to the gradients of the layer's parameters, and writes that and of its input: where it is cut by its outputs,
  /// this rank's part of the sum.
  void backward(Comm& comm, std::size_t layer);
  Slice input(std::size_t layer) { return values_of(now().activations, room_, layer); }
  Slice input_gradient(std::size_t layer) { return values_of(now().gradients, gradient_room_, layer); }
  Slice output_gradient(std::size_t layer) { return input_gradient(layer + 1); }

  // A place between layers has the number of the layer behind it.
  /// Whether this rank keeps a part of the values there.
  bool is_split(std::size_t i) const { return between_ == BetweenPairs::part && i % 2 == 0 && (i > 0 || has_before_); }
  /// The gradient there is whole on every rank without any exchange: it comes from the loss, or from a last layer
  /// without a partner.
  bool has_whole_gradient(std::size_t i) const { return i == end() / 2 * 2 && !(has_after_ && i == end()); }
  /// The place behind the last layer.
  std::size_t end() const { return layers_.size(); }
  bool has_after() const { return has_after_; }
  /// This rank's even_part of values, and of gradients.
  Slice part_of_values(std::size_t i) { return own_part(now().activations, i); }
  Slice part_of_gradients(std::size_t i) { return own_part(now().gradients, i); }

 private:
  struct ShardPass {
    std::vector<std::uint32_t> rows;
    std::vector<Buffer> activations, gradients;  ///< [0] the input, [i+1] of layer i
  };

  ShardPass& now() { return passes_[pass_]; }
  Slice values_of(std::vector<Buffer>& buffers, Buffer& room, std::size_t i);
  Slice part_of(Slice values) const;
  Slice own_part(std::vector<Buffer>& buffers, std::size_t i);
  bool is_numeric() const { return job_.model.is_numeric(); }

  const Job& job_;
  Range range_;
  bool has_before_, has_after_;  ///< layers on other ranks
  int ranks_, rank_;
  BetweenPairs between_;
  std::vector<ShardLayer> layers_;
  Buffer parameters_, gradients_;
  std::vector<bool> fresh_;          ///< per layer: the next backward overwrites instead of adding
  std::vector<std::size_t> widths_;  ///< the input's, then every layer's output's on this rank
  std::vector<ShardPass> passes_;
  std::size_t pass_ = 0;
  Buffer room_, gradient_room_;  ///< for what is kept in parts
};

}  // namespace tandem
