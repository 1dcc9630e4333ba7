#include "algorithms/model/kernels.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace tandem::kernels {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMatrixMap = Eigen::Map<const Matrix>;
using MatrixMap = Eigen::Map<Matrix>;

ConstMatrixMap matrix(const float* values, std::size_t rows, std::size_t columns) {
  return {values, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns)};
}

MatrixMap matrix(float* values, std::size_t rows, std::size_t columns) {
  return {values, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns)};
}

void add_biases(const DenseShape& shape, const float* biases, float* output) {
  for (std::size_t s = 0; s < shape.samples; ++s) {
    float* row = output + s * shape.outputs;
    for (std::size_t j = 0; j < shape.outputs; ++j) row[j] += biases[j];
  }
}

void add_biases_and_rectify(const DenseShape& shape, const float* biases, float* output) {
  for (std::size_t s = 0; s < shape.samples; ++s) {
    float* row = output + s * shape.outputs;
    for (std::size_t j = 0; j < shape.outputs; ++j) {
      const float value = row[j] + biases[j];
      row[j] = value < 0 ? 0 : value;  // In this order a NaN stays NaN, so that a diverged run is seen.
    }
  }
}

}  // namespace

void dense_forward(const DenseShape& shape, const float* input, const float* parameters,
                   std::optional<Activation> activation, float* output) {
  const float* biases = parameters + shape.outputs * shape.inputs;
  matrix(output, shape.samples, shape.outputs).noalias() =
      matrix(input, shape.samples, shape.inputs) * matrix(parameters, shape.outputs, shape.inputs).transpose();
  if (activation == Activation::relu) {
    add_biases_and_rectify(shape, biases, output);
    return;
  }
  add_biases(shape, biases, output);
  if (activation == Activation::tanh) {
    auto values = matrix(output, shape.samples, shape.outputs).array();
    values = values.tanh();
  }
}

void activate(Activation activation, std::size_t count, float* values) {
  if (activation == Activation::relu) {
    for (std::size_t i = 0; i < count; ++i) values[i] = values[i] < 0 ? 0 : values[i];
  } else {
    auto row = matrix(values, 1, count).array();
    row = row.tanh();
  }
}

void activation_backward(Activation activation, std::size_t count, const float* output, float* gradient) {
  if (activation == Activation::relu) {
    for (std::size_t i = 0; i < count; ++i) gradient[i] = output[i] > 0 ? gradient[i] : 0;
  } else {
    for (std::size_t i = 0; i < count; ++i) gradient[i] *= 1 - output[i] * output[i];
  }
}

void dense_parameter_gradient(const DenseShape& shape, const float* input, const float* output_gradient, bool add,
                              float* parameter_gradient) {
  const auto product =
      matrix(output_gradient, shape.samples, shape.outputs).transpose() * matrix(input, shape.samples, shape.inputs);
  auto weights = matrix(parameter_gradient, shape.outputs, shape.inputs);
  float* biases = parameter_gradient + shape.outputs * shape.inputs;
  if (add) {
    weights.noalias() += product;
  } else {
    weights.noalias() = product;
    std::fill_n(biases, shape.outputs, 0.0F);
  }
  for (std::size_t s = 0; s < shape.samples; ++s) {
    const float* row = output_gradient + s * shape.outputs;
    for (std::size_t j = 0; j < shape.outputs; ++j) biases[j] += row[j];
  }
}

void dense_input_gradient(const DenseShape& shape, const float* output_gradient, const float* parameters,
                          float* input_gradient) {
  matrix(input_gradient, shape.samples, shape.inputs).noalias() =
      matrix(output_gradient, shape.samples, shape.outputs) * matrix(parameters, shape.outputs, shape.inputs);
}

double cross_entropy(std::size_t classes, const float* scores, std::size_t label, double scale, float* gradient) {
  // Scores relative to the largest one: the exponentials cannot overflow, and one of them is 1.
  const double largest = *std::max_element(scores, scores + classes);
  double sum = 0;
  for (std::size_t c = 0; c < classes; ++c) sum += std::exp(scores[c] - largest);
  if (gradient != nullptr) {
    for (std::size_t c = 0; c < classes; ++c) {
      const double probability = std::exp(scores[c] - largest) / sum;
      gradient[c] = static_cast<float>(scale * (probability - (c == label ? 1 : 0)));
    }
  }
  return std::log(sum) - (scores[label] - largest);
}

double squared_error(float prediction, float target, double scale, float* gradient) {
  const double error = static_cast<double>(prediction) - target;
  if (gradient != nullptr) *gradient = static_cast<float>(scale * 2 * error);
  return error * error;
}

double loss_of_rows(Loss loss, std::size_t width, const float* outputs, std::span<const std::uint32_t> rows,
                    const float* targets, double scale, float* gradients) {
  double sum = 0;
  for (const std::uint32_t row : rows) {
    sum += loss == Loss::mse ? squared_error(*outputs, targets[row], scale, gradients)
                             : cross_entropy(width, outputs, static_cast<std::size_t>(targets[row]), scale, gradients);
    outputs += width, gradients += width;
  }
  return sum;
}

}  // namespace tandem::kernels
