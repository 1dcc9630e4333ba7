// He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", CVPR 2016, table 1. As there, the first
// convolution of a stage's first block has the stride, and that block's shortcut is a projection.
#include <fmt/format.h>

#include "algorithms/training/profiles/architectures.h"

namespace tandem {

std::vector<ProfileLayer> resnet_layers(const std::array<int, 4>& blocks) {
  constexpr std::size_t kExpansion = 4;
  std::vector<ProfileLayer> layers;
  // After the max pooling that follows it, 56 x 56 positions are left.
  add_layer(layers, "conv1", normalised_convolution(7, 3, 64, 112 * 112), 64 * 56 * 56);
  std::size_t inputs = 64, width = 64, side = 56;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage, width *= 2, side /= 2) {
    const std::size_t outputs = kExpansion * width, positions = side * side;
    for (int block = 0; block < blocks[stage]; ++block) {
      LayerCost cost = normalised_convolution(1, inputs, width, positions) +
                       normalised_convolution(3, width, width, positions) +
                       normalised_convolution(1, width, outputs, positions);
      if (block == 0) cost += normalised_convolution(1, inputs, outputs, positions);
      add_layer(layers, fmt::format("conv{}_{}", stage + 2, block + 1), cost, outputs * positions);
      inputs = outputs;
    }
  }
  add_layer(layers, "fc", dense_layer(inputs, 1000), 1000);
  return layers;
}

}  // namespace tandem
