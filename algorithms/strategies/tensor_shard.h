// One rank's share of every layer, for tensor parallelism. Layers come in pairs: the first is cut by its outputs (the
// columns of the textbook's weight matrix), the second by its inputs (the rows), so that between the two nothing is
// exchanged. A last layer without a partner is on every rank.
#pragma once

#include <vector>

#include "algorithms/job.h"
#include "algorithms/training.h"

namespace tandem {

enum class Cut { by_outputs, by_inputs, none };

/// A rank's share of a layer. `offset` counts in the rank's own parameters: weights (outputs x inputs, row-major), then
/// biases. Where the layer is cut by its inputs every rank adds up a part of each output; rank 0 alone has the biases,
/// the others zeros.
struct ShardLayer {
  const Layer* whole = nullptr;
  Cut cut = Cut::none;
  Range part;  ///< the whole layer's outputs or inputs that the rank holds
  std::size_t inputs = 0, outputs = 0, offset = 0;
  double share = 1;  ///< the part of the whole layer's flops

  std::size_t parameters() const { return (inputs + 1) * outputs; }
};

class TensorShard {
 public:
  TensorShard(const Comm& comm, const Job& job);

  const std::vector<ShardLayer>& layers() const { return layers_; }
  Slice parameters() { return parameters_; }
  Slice gradients() { return gradients_; }
  /// Adds the pieces of the model that this rank keeps for the run.
  void describe(State& state);

  void load(const std::vector<std::uint32_t>& rows);
  /// The layer's output, of a layer that is cut by its inputs this rank's part of the sum: without activation function.
  void forward(Comm& comm, std::size_t layer);
  Slice output(std::size_t layer);
  /// After the sum over ranks, where there is one.
  void activate(Comm& comm, std::size_t layer);
  double loss(Comm& comm);
  /// Writes the gradients of the layer's parameters, and of its input: where it is cut by its outputs, this rank's part
  /// of the sum.
  void backward(Comm& comm, std::size_t layer);
  Slice input_gradient(std::size_t layer);

 private:
  Slice values_of(std::vector<Buffer>& buffers, std::size_t i);
  bool is_numeric() const { return job_.model.is_numeric(); }

  const Job& job_;
  int rank_;
  std::vector<ShardLayer> layers_;
  Buffer parameters_, gradients_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::size_t> widths_;                         ///< the input's, then every layer's output's on this rank
  std::vector<Buffer> activations_, activation_gradients_;  ///< [0] the input, [i+1] of layer i
};

/// How the layers are shared among `ranks`; offsets count in `rank`'s own parameters.
std::vector<ShardLayer> shard_layers(const Model& model, int ranks, int rank);

}  // namespace tandem
