#include "algorithms/training/profiles/profile.h"

#include <algorithm>
#include <utility>

namespace tandem {

LayerCost convolution(std::size_t kernel_height, std::size_t kernel_width, std::size_t inputs, std::size_t outputs,
                      std::size_t positions) {
  const std::size_t weights = kernel_height * kernel_width * inputs * outputs;
  return {weights, 2.0 * static_cast<double>(weights) * static_cast<double>(positions)};
}

LayerCost normalised_convolution(std::size_t kernel, std::size_t inputs, std::size_t outputs, std::size_t positions) {
  return convolution(kernel, kernel, inputs, outputs, positions) + LayerCost{2 * outputs, 0};
}

LayerCost dense_layer(std::size_t inputs, std::size_t outputs, std::size_t positions) {
  return convolution(1, 1, inputs, outputs, positions) + LayerCost{outputs, 0};
}

void add_layer(std::vector<ProfileLayer>& layers, std::string name, const LayerCost& cost, std::size_t activations) {
  const double products = layers.empty() ? 1 : 2;
  layers.push_back({.name = std::move(name),
                    .parameters = cost.parameters,
                    .forward_flops_per_sample = cost.forward_flops,
                    .backward_flops_per_sample = products * cost.forward_flops,
                    .activations_per_sample = activations});
}

const NamedProfile* find_profile(std::string_view name) {
  const auto profiles = named_profiles();
  const auto found = std::find_if(profiles.begin(), profiles.end(),
                                  [name](const NamedProfile& profile) { return profile.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

}  // namespace tandem
