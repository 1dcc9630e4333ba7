// The architectures behind the named profiles, one family a file.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "algorithms/training/profiles/profile.h"

namespace tandem {

/// Bottleneck residual networks for 224 x 224 pictures and 1,000 classes; `blocks` of each of the four stages.
std::vector<ProfileLayer> resnet_layers(const std::array<int, 4>& blocks);
/// Configuration D, 224 x 224 pictures, 1,000 classes.
std::vector<ProfileLayer> vgg16_layers();
/// 299 x 299 pictures, 1,000 classes, without the auxiliary classifier.
std::vector<ProfileLayer> inception_v3_layers();

struct TransformerShape {
  std::size_t blocks = 0;
  std::size_t width = 0;
  std::size_t vocabulary = 0;
  std::size_t positions = 0;  ///< for which there is an embedding
};
/// The encoder with its pooler; heads of tasks are left out.
std::vector<ProfileLayer> bert_layers(const TransformerShape& shape, std::size_t sequence_length);
/// The decoder with its output layer, whose weights are those of the token embedding.
std::vector<ProfileLayer> gpt2_layers(const TransformerShape& shape, std::size_t sequence_length);

}  // namespace tandem
