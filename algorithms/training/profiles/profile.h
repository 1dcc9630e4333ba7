// Published architectures as profile models: layer by layer, parameters and flops worked out from the shapes that the
// paper states. A layer here is what a pipeline may be cut at, or a bucket filled with: a residual block, an inception
// module, half of a transformer block.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algorithms/training/spec.h"

namespace tandem {

struct NamedProfile {
  std::string_view name;
  std::string_view source;       ///< the paper, and what was chosen where it leaves a choice
  std::size_t longest_sequence;  ///< tokens a sample, unless fewer are asked for; 0: a sample is no sequence
  std::vector<ProfileLayer> (*layers)(std::size_t sequence_length);
};

std::span<const NamedProfile> named_profiles();
/// Null when there is none of this name.
const NamedProfile* find_profile(std::string_view name);

/// Of a part of a layer, for one sample; a multiplication and an addition are two flops. Biases, normalisation and
/// activation functions have parameters but cost no flops.
struct LayerCost {
  std::size_t parameters = 0;
  double forward_flops = 0;

  LayerCost& operator+=(const LayerCost& other) {
    parameters += other.parameters;
    forward_flops += other.forward_flops;
    return *this;
  }
  friend LayerCost operator+(LayerCost a, const LayerCost& b) { return a += b; }
};

/// A convolution's weights, applied at each of `positions` of its output.
LayerCost convolution(std::size_t kernel_height, std::size_t kernel_width, std::size_t inputs, std::size_t outputs,
                      std::size_t positions);
/// A square convolution followed by batch normalisation (a scale and a shift each channel) instead of a bias.
LayerCost normalised_convolution(std::size_t kernel, std::size_t inputs, std::size_t outputs, std::size_t positions);
/// Weights and biases, applied to each of `positions` vectors.
LayerCost dense_layer(std::size_t inputs, std::size_t outputs, std::size_t positions = 1);

/// The backward pass costs twice the forward pass: a gradient of the weights and one of the input, which the first
/// layer of a model does not need.
void add_layer(std::vector<ProfileLayer>& layers, std::string name, const LayerCost& cost, std::size_t activations);

}  // namespace tandem
