// A profile model as its file describes it: the sizes of an architecture, layer by layer. A layer here is what a
// pipeline may be cut at, or a bucket filled with: a residual block, an inception module, half of a transformer block.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/spec.h"

namespace tandem {

/// Flops of one sample; a multiplication and an addition are two. The parts that grow with the tokens of a sample are 0
/// where a sample is no sequence.
struct Flops {
  double fixed = 0;
  double per_token = 0;
  double per_token_pair = 0;  ///< times tokens squared: attention of all pairs

  double of(std::size_t tokens) const;
};

/// Bytes of a sample that grow with its tokens, or with their pairs.
struct TokenBytes {
  double per_token = 0;
  double cut_per_token = 0;         ///< tensor parallelism leaves a part of these on each rank
  double per_token_pair = 0;        ///< and a part of these
  double recomputed_per_token = 0;  ///< kept in the place of all others where the layer is recomputed

  LayerBytes of(std::size_t tokens) const;
};

/// Forward, by all experts that a token passes: a multiplication and an addition per weight.
double flops_per_token(const ExpertSizes& experts);

struct LayerSizes {
  std::string name;
  std::size_t parameters = 0;
  Flops forward_flops;
  Flops backward_flops;
  Flops weight_flops;           ///< the backward flops' part for the weights' gradient
  std::size_t activations = 0;  ///< float32 values handed to the next layer, per sample
  std::size_t activations_per_token = 0;
  std::size_t heads = 0;           ///< heads of attention
  std::optional<TokenBytes> kept;  ///< from forward to backward; absent: what is handed on, and its gradient
  TokenBytes moved;                ///< memory traffic of the forward pass, besides matrix products
  std::optional<ExpertSizes> experts;
};

struct Profile {
  std::string name;
  std::string source;  ///< where sizes come from: paper or table, and what was chosen where it leaves a choice
  std::size_t longest_sequence = 0;  ///< tokens per sample, unless fewer are asked for; 0: a sample is no sequence
  std::vector<LayerSizes> layers;    ///< input side first
};

/// The layers for samples of so many tokens; 0 where a sample is no sequence.
std::vector<ProfileLayer> layers_of(const Profile& profile, std::size_t tokens);

}  // namespace tandem
