// One rank's copy of a model's layers [first, last): parameters, gradients, and the passes through them. A whole model
// is the range of all layers; a pipeline stage is a part.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "algorithms/job.h"
#include "core/comm.h"

namespace tandem {

/// Whether a pass has room of its own between its input and its output.
enum class Inner { own, shared };

/// The activations of one (micro-)batch, kept from forward to backward. Values are samples x width, row-major.
/// Phantom runs have the sizes only.
class Pass {
 public:
  std::size_t samples() const { return samples_; }
  /// Which part of a batch its computations are for, in timelines.
  void name_microbatch(int number, int chunk) { microbatch_ = number, chunk_ = chunk; }
  Slice input();            ///< into the first layer of the replica: fill it by Replica::load, or receive into it
  Slice output();           ///< what the replica's last layer gives, after forward
  Slice output_gradient();  ///< written by Replica::loss on the last stage, received into elsewhere
  Slice input_gradient();   ///< after backward of the replica's first layer (unused when that is the model's first)

  /// Changes places with all that lies between input and output in `other`, a pass of the same replica: so passes
  /// without inner layers of their own take turns with one set.
  void exchange_inner(Pass& other);
  void exchange_output(Pass& other);  ///< the values, not their gradient

 private:
  friend class Replica;
  Work work(std::string_view name, double flops_per_sample, const LayerBytes& moved_per_sample) const;

  std::size_t capacity_ = 0, samples_ = 0;
  int microbatch_ = -1, chunk_ = 0;
  std::vector<std::size_t> widths_;  ///< the input's, then every layer's output's
  std::vector<Buffer> activations_;  ///< [0] the input, [i+1] the output of layer i
  std::vector<Buffer> gradients_;    ///< like activations_
  std::vector<std::uint32_t> rows_;
};

class Replica {
 public:
  /// Allocates and initialises the layers. `job` must outlive the replica.
  Replica(const Comm& comm, const Job& job, Range layers);

  Range layers() const { return layers_; }
  bool has_first_layer() const { return layers_.begin == 0; }
  bool has_last_layer() const { return layers_.end == job_->model.layers.size(); }
  /// Where its parameters lie in the model's flat vector.
  Range parameter_range() const { return job_->model.parameter_range(layers_); }

  Slice parameters() { return parameters_; }
  /// Computes with others, as many, until they are exchanged back.
  void exchange_parameters(Buffer& others) { std::swap(parameters_, others); }
  Slice gradients() { return gradients_; }
  /// The gradients of layers [first, last) (numbered as in the model), contiguous.
  Slice gradients_of(Range layers);

  /// Room for up to `capacity` samples; with Inner::shared only for what goes in and out.
  Pass make_pass(std::size_t capacity, Inner inner = Inner::own) const;
  /// Begins a pass over these rows: remembers them, and copies their features in where the replica has the first layer.
  void load(Pass& pass, std::span<const std::uint32_t> rows) const;

  /// Before the first backward of a step: gradients start from zero, and later passes of the step add to them.
  void begin_step();
  /// One layer (numbered as in the model), first to last.
  void forward(Comm& comm, Pass& pass, std::size_t layer);
  /// All layers, first to last.
  void forward(Comm& comm, Pass& pass);
  /// The pass's rows' share of the mean loss over the global batch, so shares of all workers sum to the mean. Writes
  /// the output gradient as a share of the gradient of a mean over `mean_over` samples. Requires the last layer. 0 in
  /// phantom runs.
  double loss(Comm& comm, Pass& pass, std::size_t mean_over);
  double loss(Comm& comm, Pass& pass) { return loss(comm, pass, job_->batches.global_batch()); }
  /// One layer (numbered as in the model), last to first: adds to its gradients and writes its input's gradient.
  void backward(Comm& comm, Pass& pass, std::size_t layer);
  /// All layers, last to first.
  void backward(Comm& comm, Pass& pass);

  // The same in two parts, all layers, to the same bits. What the first leaves in the pass the second needs.
  /// Writes the gradients of every layer's input, the replica's own for the stage before.
  void backward_input(Comm& comm, Pass& pass);
  /// Adds to the layers' gradients.
  void backward_weight(Comm& comm, Pass& pass);

 private:
  void input_gradient(Pass& pass, std::size_t layer);
  void weight_gradient(Pass& pass, std::size_t layer);
  void activation_gradient(Pass& pass, std::size_t layer);

  const Job* job_;
  Range layers_;
  Buffer parameters_, gradients_;
  std::vector<bool> fresh_;  ///< per layer: the next backward overwrites instead of adding
};

}  // namespace tandem
