// Vaswani et al., "Attention Is All You Need", NIPS 2017, as built by Devlin et al., "BERT: Pre-training of Deep
// Bidirectional Transformers for Language Understanding", NAACL 2019, section 3, and by Radford et al., "Language
// Models are Unsupervised Multitask Learners", 2019, table 2. Attention is charged for all pairs of tokens, as its
// matrix products compute them: a decoder's mask saves nothing. An embedding is looked up, which costs no flops.
#include <fmt/format.h>

#include "algorithms/training/profiles/architectures.h"

namespace tandem {
namespace {

// A scale and a shift each.
LayerCost normalisation(std::size_t width) { return {2 * width, 0}; }

// Queries, keys, values and output are dense layers; scores and weighted sums are two products of length x length
// x width.
LayerCost attention(std::size_t width, std::size_t length) {
  LayerCost cost = normalisation(width);
  for (int product = 0; product < 4; ++product) cost += dense_layer(width, width, length);
  const double pairs = static_cast<double>(length) * static_cast<double>(length);
  return cost + LayerCost{0, 2 * 2 * pairs * static_cast<double>(width)};
}

LayerCost feed_forward(std::size_t width, std::size_t length) {
  constexpr std::size_t kExpansion = 4;
  return normalisation(width) + dense_layer(width, kExpansion * width, length) +
         dense_layer(kExpansion * width, width, length);
}

void add_blocks(std::vector<ProfileLayer>& layers, const TransformerShape& shape, std::size_t length) {
  for (std::size_t block = 1; block <= shape.blocks; ++block) {
    add_layer(layers, fmt::format("block{}_attention", block), attention(shape.width, length), length * shape.width);
    add_layer(layers, fmt::format("block{}_feed_forward", block), feed_forward(shape.width, length),
              length * shape.width);
  }
}

}  // namespace

std::vector<ProfileLayer> bert_layers(const TransformerShape& shape, std::size_t sequence_length) {
  constexpr std::size_t kSegments = 2;
  const std::size_t rows = shape.vocabulary + shape.positions + kSegments;
  std::vector<ProfileLayer> layers;
  add_layer(layers, "embeddings", LayerCost{rows * shape.width, 0} + normalisation(shape.width),
            sequence_length * shape.width);
  add_blocks(layers, shape, sequence_length);
  add_layer(layers, "pooler", dense_layer(shape.width, shape.width), shape.width);
  return layers;
}

std::vector<ProfileLayer> gpt2_layers(const TransformerShape& shape, std::size_t sequence_length) {
  std::vector<ProfileLayer> layers;
  add_layer(layers, "embeddings", {(shape.vocabulary + shape.positions) * shape.width, 0},
            sequence_length * shape.width);
  add_blocks(layers, shape, sequence_length);
  const double output_flops = convolution(1, 1, shape.width, shape.vocabulary, sequence_length).forward_flops;
  add_layer(layers, "output", normalisation(shape.width) + LayerCost{0, output_flops},
            sequence_length * shape.vocabulary);
  return layers;
}

}  // namespace tandem
