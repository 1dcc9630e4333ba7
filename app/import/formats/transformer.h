// The parts of a transformer as its configuration states them: what one block holds and computes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::formats {

/// What the name of an architecture fixes and its configuration leaves unsaid.
struct Architecture {
  std::string_view model_type;
  // The configuration's key for each size.
  std::string_view width, layers, heads, inner, positions;
  bool qkv_bias = false, out_bias = false, inner_bias = false, head_bias = false;
  bool gated = false;        ///< the feed-forward half has a third matrix, of gates
  int norm_values = 1;       ///< trainable values per width: scale alone, or scale and shift
  int block_norms = 2;       ///< normalisations in a block
  bool head_norms = false;   ///< queries and keys are normalised by head
  bool width_norms = false;  ///< queries and keys are normalised as a whole
  bool final_norm = true;
  bool embedding_norm = false;
  bool learned_positions = false;
  int more_positions = 0;           ///< rows of the table of positions that the configuration does not count
  int unused_positions = 0;         ///< rows that it counts and no token has
  bool pooler = false;              ///< no vocabulary at the end, but a dense layer for the first token
  bool one_key_value_head = false;  ///< queries share one head of keys and values
  bool tied_by_default = false;
  bool latent = false;       ///< keys and values come from a latent vector of each token (DeepSeek-V2)
  bool shared_gate = true;   ///< a shared expert has a gate of its own
  bool router_bias = false;  ///< a value per expert, which balances their loads
  bool dropout = false;      ///< trained with it, as its configuration's defaults say
};

/// A transformer's sizes.
struct Transformer {
  Architecture made;
  double width = 0, layers = 0, heads = 0, key_value_heads = 0, head_width = 0, vocabulary = 0, positions = 0;
  double segments = 0;  ///< kinds of text that a table of embeddings tells apart
  double inner = 0;     ///< width between the matrices of a feed-forward half; of each expert, where there are experts
  double experts = 0, experts_per_token = 0, shared_inner = 0;
  double dense_blocks = 0,
         dense_inner = 0;  ///< the first blocks have no experts, but a feed-forward half of this width
  /// Latent attention: what queries come from (0: the token itself), what keys and values come from, the part of a head
  /// that says where the token stands, and the width of a value's head.
  double query_rank = 0, latent_rank = 0, rotary_width = 0, value_width = 0;
  bool tied = false;  ///< the output's matrix is that of the embeddings

  /// The first blocks, and the others, each as if they were all; the first may be none.
  Transformer dense_part() const;
  Transformer expert_part() const;

  double embedding_parameters() const;
  double attention_parameters() const;
  double attention_flops_per_token() const;
  double attention_flops_per_pair() const;
  double feed_forward_parameters() const;
  double expert_parameters() const;  ///< all that a block's experts have
  double feed_forward_flops_per_token() const;
  // What a half keeps for its backward pass, in bytes, values of 16 bit and masks of 8 (Korthikanti et al. 2022): per
  // token on every rank of a model that is cut by tensors, per token divided among them, per pair of tokens.
  double kept_per_token() const;
  double attention_kept_cut_per_token() const;
  double attention_kept_per_pair() const;
  double feed_forward_kept_cut_per_token() const;
  double output_parameters() const;
  double output_flops_per_token() const;  ///< with the pooler's, for the one token that it takes
  double parameters() const;

 private:
  double latent_attention_weights() const;
  double matrices_of(double inner_width) const;
  double biased_matrices_of_inner() const;
};

/// Null for an architecture that is not known here.
const Architecture* architecture(std::string_view model_type);
std::vector<std::string> architecture_names();

}  // namespace tandem::formats
