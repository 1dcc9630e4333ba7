// A model is an ordered list of layers over one flat parameter vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "algorithms/data/dataset.h"
#include "algorithms/spec.h"
#include "core/slice.h"

namespace tandem {

/// Dense layers hold their weights (outputs x inputs, row-major: one row per output, as PyTorch's nn.Linear) and then
/// their biases. Flops count multiply and add as two: forward 2 x inputs x outputs per sample; backward the same for
/// the weight gradient and, except in the first layer, the same again for the input gradient.
struct Layer {
  std::string name;
  std::size_t offset = 0;  ///< where its first parameter lies in the flat vector
  std::size_t parameters = 0;
  std::size_t inputs = 0;  ///< float32 values per sample
  std::size_t outputs = 0;
  double forward_flops_per_sample = 0;
  double backward_flops_per_sample = 0;
  double weight_flops_per_sample = 0;        ///< the backward flops' part for the weight gradient
  bool activated = false;                    ///< followed by the model's activation function
  std::size_t heads = 0;                     ///< heads of attention
  LayerBytes kept;                           ///< from the forward pass to the backward pass, after what is recomputed
  LayerBytes forward_moved, backward_moved;  ///< memory traffic besides matrix products
  Experts experts;
};

struct Model {
  ModelKind kind = ModelKind::mlp;
  Activation activation = Activation::relu;
  Initialisation initialisation = Initialisation::he;
  Loss loss = Loss::cross_entropy;
  std::vector<Layer> layers;
  std::size_t parameters = 0;                    ///< all layers together
  double wire_bytes_per_value = kBytesPerValue;  ///< differs where the model is charged as another one
  Recomputation recompute = Recomputation::none;
  ParameterBytes bytes_per_parameter;
  bool states_memory = false;  ///< some layer's profile says what it keeps

  bool is_numeric() const { return kind != ModelKind::profile; }
  Range parameter_range(Range layer_range) const;
  /// The bytes on the network that stand for so many bytes of float32 values.
  double wire_bytes(double bytes) const { return bytes / kBytesPerValue * wire_bytes_per_value; }
  double flops_per_sample() const;  ///< forward and backward, all layers
};

/// `data` gives the widths of the first and last layer; null for a profile model. Throws UsageError on a model that
/// does not fit its data or loss (softmax with mse, linear with cross-entropy, ...).
Model make_model(const ModelSpec& spec, Loss loss, const Dataset* data);

/// Charges the model as another one: its layers share that one's flops in proportion to their own, and a value counts
/// as as many bytes as make the whole vector that one's. Requires a numeric model.
void charge_as(Model& model, const ModelCosts& costs);

/// The flat vector that training starts from (he: normal, variance 2/inputs; glorot: uniform in
/// +-sqrt(6/(inputs+outputs)); biases 0), keyed by (seed, layer). Empty where all are 0.
std::vector<float> initial_parameters(const Model& model, std::uint64_t seed);

/// Cuts the layers into `stages` contiguous, non-empty parts whose largest forward+backward cost is smallest (exactly,
/// by dynamic programming; ties go to the earlier cut). Requires 1 <= stages <= layers.
std::vector<Range> stages_by_cost(const Model& model, int stages);

/// A cut of some layers, which takes time in proportion to layers times parts, and the costs that it was made for.
struct LayerCut {
  std::vector<double> costs;
  std::vector<Range> parts;
};
/// Forward and backward, in flops per sample.
std::vector<double> layer_costs(const Model& model);

struct Evaluation {
  double loss = 0;
  double accuracy = 0;  ///< the share of samples whose class is right; NaN for regression
};
/// Mean loss (and accuracy) of `parameters` (the whole flat vector) over rows. Requires a numeric model.
Evaluation evaluate(const Model& model, const Dataset& data, const Rows& rows, const float* parameters);

}  // namespace tandem
