// One rank's share of every layer (tensor_cut.h), and what it computes with it.
#pragma once

#include <vector>

#include "algorithms/job.h"
#include "algorithms/strategies/tensor_cut.h"
#include "algorithms/training.h"

namespace tandem {

class TensorShard {
 public:
  /// The model is cut among all of `comm`, and batches have so many samples.
  TensorShard(const Comm& comm, const Job& job, std::size_t samples, BetweenPairs between = BetweenPairs::whole);

  const std::vector<ShardLayer>& layers() const { return layers_; }
  Slice parameters() { return parameters_; }
  Slice gradients() { return gradients_; }
  /// Adds the pieces of the model that this rank keeps for the run, as `copy` what no other rank of `comm` holds.
  void describe(State& state, Copy copy = Copy::owned);

  void load(const std::vector<std::uint32_t>& rows);
  /// The layer's output, of a layer that is cut by its inputs this rank's part of the sum: without activation function.
  void forward(Comm& comm, std::size_t layer);
  Slice output(std::size_t layer) { return values_of(activations_, room_, layer + 1); }
  /// After the sum over ranks, where there is one. Between pairs of which a part is kept: of the part, and keeps it.
  void activate(Comm& comm, std::size_t layer);
  double loss(Comm& comm);
  /// Where a part of the layer's input is kept: copies it to its place in the input, so that ranks can gather it.
  Slice restore_input(Comm& comm, std::size_t layer);
  /// The gradient before the activation function: of the part, where that is all there is.
  void activation_backward(Comm& comm, std::size_t layer);
  /// Writes the gradients of the layer's parameters, and of its input: where it is cut by its outputs, this rank's part
  /// of the sum.
  void backward(Comm& comm, std::size_t layer);
  Slice input(std::size_t layer) { return values_of(activations_, room_, layer); }
  Slice input_gradient(std::size_t layer) { return values_of(activation_gradients_, gradient_room_, layer); }
  Slice output_gradient(std::size_t layer) { return input_gradient(layer + 1); }
  /// The last place between pairs, by the number of the layer behind it, or of none where the loss is. Its values are
  /// still whole when backward begins.
  std::size_t last_border() const { return layers_.size() / 2 * 2; }

 private:
  Slice values_of(std::vector<Buffer>& buffers, Buffer& room, std::size_t i);
  bool is_split(std::size_t i) const { return between_ == BetweenPairs::part && i > 0 && i % 2 == 0; }
  Slice part_of(Slice values) const;
  bool is_numeric() const { return job_.model.is_numeric(); }

  const Job& job_;
  int ranks_, rank_;
  BetweenPairs between_;
  std::vector<ShardLayer> layers_;
  Buffer parameters_, gradients_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::size_t> widths_;                         ///< the input's, then every layer's output's on this rank
  std::vector<Buffer> activations_, activation_gradients_;  ///< [0] the input, [i+1] of layer i
  Buffer room_, gradient_room_;                             ///< for what is kept in parts
};

}  // namespace tandem
