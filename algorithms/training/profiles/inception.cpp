// Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception Architecture for Computer Vision", CVPR 2016,
// table 1 and figures 5 to 7 and 10; where the table and the authors' released model (Inception V3 of TensorFlow's
// models) differ, the released model, whose layer names these are.
#include "algorithms/training/profiles/architectures.h"

namespace tandem {
namespace {

struct Kernel {
  std::size_t height, width, outputs, side;  ///< side of the square of output positions
};

// Convolutions with batch normalisation, one after the other.
LayerCost branch(std::size_t inputs, std::initializer_list<Kernel> kernels) {
  LayerCost cost;
  for (const auto& [height, width, outputs, side] : kernels) {
    cost += convolution(height, width, inputs, outputs, side * side) + LayerCost{2 * outputs, 0};
    inputs = outputs;
  }
  return cost;
}

// 35 x 35: kernels of 1, of 5, two of 3, and a pool.
LayerCost mixed_35(std::size_t inputs, std::size_t pooled) {
  return branch(inputs, {{1, 1, 64, 35}}) + branch(inputs, {{1, 1, 48, 35}, {5, 5, 64, 35}}) +
         branch(inputs, {{1, 1, 64, 35}, {3, 3, 96, 35}, {3, 3, 96, 35}}) + branch(inputs, {{1, 1, pooled, 35}});
}

// 17 x 17: kernels of 7 taken apart into 1 x 7 and 7 x 1.
LayerCost mixed_17(std::size_t width) {
  return branch(768, {{1, 1, 192, 17}}) + branch(768, {{1, 1, width, 17}, {1, 7, width, 17}, {7, 1, 192, 17}}) +
         branch(768, {{1, 1, width, 17}, {7, 1, width, 17}, {1, 7, width, 17}, {7, 1, width, 17}, {1, 7, 192, 17}}) +
         branch(768, {{1, 1, 192, 17}});
}

// 8 x 8: the outputs of 1 x 3 and 3 x 1 stand side by side.
LayerCost mixed_8(std::size_t inputs) {
  const LayerCost fork = branch(384, {{1, 3, 384, 8}}) + branch(384, {{3, 1, 384, 8}});
  return branch(inputs, {{1, 1, 320, 8}}) + branch(inputs, {{1, 1, 384, 8}}) + fork +
         branch(inputs, {{1, 1, 448, 8}, {3, 3, 384, 8}}) + fork + branch(inputs, {{1, 1, 192, 8}});
}

}  // namespace

std::vector<ProfileLayer> inception_v3_layers() {
  std::vector<ProfileLayer> layers;
  add_layer(layers, "Conv2d_1a_3x3", normalised_convolution(3, 3, 32, 149 * 149), 32 * 149 * 149);
  add_layer(layers, "Conv2d_2a_3x3", normalised_convolution(3, 32, 32, 147 * 147), 32 * 147 * 147);
  // Max pooling of stride 2 follows this and Conv2d_4a.
  add_layer(layers, "Conv2d_2b_3x3", normalised_convolution(3, 32, 64, 147 * 147), 64 * 73 * 73);
  add_layer(layers, "Conv2d_3b_1x1", normalised_convolution(1, 64, 80, 73 * 73), 80 * 73 * 73);
  add_layer(layers, "Conv2d_4a_3x3", normalised_convolution(3, 80, 192, 71 * 71), 192 * 35 * 35);
  add_layer(layers, "Mixed_5b", mixed_35(192, 32), 256 * 35 * 35);
  add_layer(layers, "Mixed_5c", mixed_35(256, 64), 288 * 35 * 35);
  add_layer(layers, "Mixed_5d", mixed_35(288, 64), 288 * 35 * 35);
  add_layer(layers, "Mixed_6a",
            branch(288, {{3, 3, 384, 17}}) + branch(288, {{1, 1, 64, 35}, {3, 3, 96, 35}, {3, 3, 96, 17}}),
            768 * 17 * 17);
  add_layer(layers, "Mixed_6b", mixed_17(128), 768 * 17 * 17);
  add_layer(layers, "Mixed_6c", mixed_17(160), 768 * 17 * 17);
  add_layer(layers, "Mixed_6d", mixed_17(160), 768 * 17 * 17);
  add_layer(layers, "Mixed_6e", mixed_17(192), 768 * 17 * 17);
  add_layer(layers, "Mixed_7a",
            branch(768, {{1, 1, 192, 17}, {3, 3, 320, 8}}) +
                branch(768, {{1, 1, 192, 17}, {1, 7, 192, 17}, {7, 1, 192, 17}, {3, 3, 192, 8}}),
            1280 * 8 * 8);
  add_layer(layers, "Mixed_7b", mixed_8(1280), 2048 * 8 * 8);
  add_layer(layers, "Mixed_7c", mixed_8(2048), 2048 * 8 * 8);
  add_layer(layers, "Logits", dense_layer(2048, 1000), 1000);
  return layers;
}

}  // namespace tandem
