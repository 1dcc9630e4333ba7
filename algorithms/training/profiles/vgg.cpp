// Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", ICLR 2015, table 1,
// configuration D. Max pooling halves the picture after each group of convolutions.
#include <fmt/format.h>

#include "algorithms/training/profiles/architectures.h"

namespace tandem {

std::vector<ProfileLayer> vgg16_layers() {
  struct Group {
    int convolutions;
    std::size_t channels;
  };
  constexpr std::array<Group, 5> kGroups = {{{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}}};
  std::vector<ProfileLayer> layers;
  std::size_t inputs = 3, side = 224;
  for (std::size_t group = 0; group < kGroups.size(); ++group, side /= 2) {
    const auto [convolutions, outputs] = kGroups[group];
    for (int i = 0; i < convolutions; ++i) {
      const LayerCost cost = convolution(3, 3, inputs, outputs, side * side) + LayerCost{outputs, 0};
      const std::size_t pooled = i + 1 == convolutions ? 4 : 1;
      add_layer(layers, fmt::format("conv{}_{}", group + 1, i + 1), cost, outputs * side * side / pooled);
      inputs = outputs;
    }
  }
  add_layer(layers, "fc6", dense_layer(inputs * side * side, 4096), 4096);
  add_layer(layers, "fc7", dense_layer(4096, 4096), 4096);
  add_layer(layers, "fc8", dense_layer(4096, 1000), 1000);
  return layers;
}

}  // namespace tandem
