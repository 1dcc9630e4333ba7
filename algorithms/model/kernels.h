// The arithmetic of dense layers and losses on plain arrays. Matrices are row-major, one row per sample. The bits of
// a result depend on shapes and values alone, not on the former contents of the output.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "algorithms/spec.h"

namespace tandem::kernels {

struct DenseShape {
  std::size_t samples = 0;
  std::size_t inputs = 0;
  std::size_t outputs = 0;
};

/// output = activation(input weights^T + biases), where `parameters` holds the weights and then the biases.
void dense_forward(const DenseShape& shape, const float* input, const float* parameters,
                   std::optional<Activation> activation, float* output);

/// The activation function, in place.
void activate(Activation activation, std::size_t count, float* values);

/// Turns the gradient of an activation's output into that of its input, in place. Both activations know their slope
/// from their output.
void activation_backward(Activation activation, std::size_t count, const float* output, float* gradient);

/// Weight and bias gradients: overwrites `parameter_gradient`, or adds to it.
void dense_parameter_gradient(const DenseShape& shape, const float* input, const float* output_gradient, bool add,
                              float* parameter_gradient);

/// input_gradient = output_gradient weights.
void dense_input_gradient(const DenseShape& shape, const float* output_gradient, const float* parameters,
                          float* input_gradient);

/// One row's loss, -log softmax(scores)[label] (natural logarithm). Writes its gradient times `scale`, unless null.
double cross_entropy(std::size_t classes, const float* scores, std::size_t label, double scale, float* gradient);

/// One row's loss, (prediction - target)^2. Writes its gradient times `scale`, unless null.
double squared_error(float prediction, float target, double scale, float* gradient);

/// The sum of the losses of outputs of `width` values, of which the i-th is to come to the target of row rows[i].
/// Writes their gradients times `scale`.
double loss_of_rows(Loss loss, std::size_t width, const float* outputs, std::span<const std::uint32_t> rows,
                    const float* targets, double scale, float* gradients);

}  // namespace tandem::kernels
