#include "app/import/formats/transformer.h"

#include <algorithm>
#include <array>

namespace tandem::formats {
namespace {

constexpr std::string_view kWidth = "hidden_size", kLayers = "num_hidden_layers", kHeads = "num_attention_heads",
                           kInner = "intermediate_size", kPositions = "max_position_embeddings";

/// What most models since Llama have: gates, scales without shifts, no biases.
constexpr Architecture modern(std::string_view name) {
  return {.model_type = name,
          .width = kWidth,
          .layers = kLayers,
          .heads = kHeads,
          .inner = kInner,
          .positions = kPositions,
          .gated = true};
}

constexpr Architecture with_qkv_bias(Architecture made) {
  made.qkv_bias = true;
  return made;
}

constexpr Architecture with_head_norms(Architecture made) {
  made.head_norms = true;
  return made;
}

constexpr Architecture with_width_norms(Architecture made) {
  made.width_norms = true;
  return made;
}

constexpr Architecture tied(Architecture made) {
  made.tied_by_default = true;
  return made;
}

/// What models had before: biases everywhere, normalisations that scale and shift.
constexpr Architecture classic(std::string_view name) {
  return {.model_type = name,
          .width = kWidth,
          .layers = kLayers,
          .heads = kHeads,
          .inner = kInner,
          .positions = kPositions,
          .qkv_bias = true,
          .out_bias = true,
          .inner_bias = true,
          .norm_values = 2};
}

constexpr Architecture gpt2() {
  Architecture made = tied(classic("gpt2"));
  made.dropout = true;
  made.width = "n_embd";
  made.layers = "n_layer";
  made.heads = "n_head";
  made.inner = "n_inner";
  made.positions = "n_positions";
  made.learned_positions = true;
  return made;
}

constexpr Architecture bert(std::string_view name) {
  Architecture made = classic(name);
  made.dropout = true;
  made.final_norm = false;
  made.embedding_norm = true;
  made.learned_positions = true;
  made.pooler = true;
  return made;
}

constexpr Architecture roberta() {
  Architecture made = bert("roberta");
  made.unused_positions = 2;
  return made;
}

constexpr Architecture opt() {
  Architecture made = tied(classic("opt"));
  made.dropout = true;
  made.inner = "ffn_dim";
  made.learned_positions = true;
  made.more_positions = 2;
  return made;
}

constexpr Architecture bloom() {
  Architecture made = tied(classic("bloom"));
  made.layers = "n_layer";
  made.heads = "n_head";
  made.inner = "n_inner";
  made.positions = "seq_length";
  made.embedding_norm = true;
  return made;
}

constexpr Architecture phi() {
  Architecture made = classic("phi");
  made.block_norms = 1;
  made.head_bias = true;
  return made;
}

constexpr Architecture falcon() {
  Architecture made = tied(classic("falcon"));
  made.inner = "ffn_hidden_size";
  made.qkv_bias = made.out_bias = made.inner_bias = false;
  made.block_norms = 1;
  made.one_key_value_head = true;
  return made;
}

constexpr Architecture deepseek(std::string_view name) {
  Architecture made = modern(name);
  made.latent = true;
  made.shared_gate = false;
  return made;
}

constexpr Architecture with_router_bias(Architecture made) {
  made.router_bias = true;
  return made;
}

constexpr std::array kArchitectures = {gpt2(),
                                       bert("bert"),
                                       roberta(),
                                       opt(),
                                       bloom(),
                                       classic("gpt_neox"),
                                       phi(),
                                       falcon(),
                                       modern("llama"),
                                       modern("mistral"),
                                       modern("mixtral"),
                                       with_qkv_bias(modern("qwen2")),
                                       with_qkv_bias(modern("qwen2_moe")),
                                       with_head_norms(modern("qwen3")),
                                       with_head_norms(modern("qwen3_moe")),
                                       with_width_norms(modern("olmoe")),
                                       deepseek("deepseek_v2"),
                                       with_router_bias(deepseek("deepseek_v3")),
                                       tied(modern("gemma"))};

}  // namespace

double Transformer::embedding_parameters() const {
  const double norm = made.embedding_norm ? made.norm_values * width : 0;
  const double table = made.learned_positions ? (positions + made.more_positions) * width : 0;
  return (vocabulary + segments) * width + table + norm;
}

Transformer Transformer::dense_part() const {
  Transformer part = *this;
  part.layers = dense_blocks;
  part.inner = dense_inner;
  part.dense_blocks = part.experts = part.experts_per_token = part.shared_inner = 0;
  return part;
}

Transformer Transformer::expert_part() const {
  Transformer part = *this;
  part.layers -= dense_blocks;
  part.dense_blocks = 0;
  return part;
}

// Matrices down to the latent vectors and up from them, and the output's.
double Transformer::latent_attention_weights() const {
  const double queries = heads * head_width, values = heads * value_width;
  const double query_weights = query_rank > 0 ? (width + queries) * query_rank : width * queries;
  const double others = heads * (head_width - rotary_width) + values;
  return query_weights + width * (latent_rank + rotary_width) + latent_rank * others + values * width;
}

double Transformer::attention_parameters() const {
  // Each latent vector is normalised.
  if (made.latent) return latent_attention_weights() + query_rank + latent_rank + made.norm_values * width;
  const double queries = heads * head_width, pairs = 2 * key_value_heads * head_width;
  const double biases = (made.qkv_bias ? queries + pairs : 0) + (made.out_bias ? width : 0);
  const double norms = (made.head_norms ? 2 * head_width : 0) + (made.width_norms ? queries + pairs / 2 : 0);
  return width * (queries + pairs) + queries * width + biases + norms + made.norm_values * width;
}

double Transformer::attention_flops_per_token() const {
  if (made.latent) return 2 * latent_attention_weights();
  return 2 * width * (2 * heads + 2 * key_value_heads) * head_width;
}

// Scores, and the sum that they weigh: a multiply-add each for every value of every head.
double Transformer::attention_flops_per_pair() const {
  return 2 * heads * (head_width + (made.latent ? value_width : head_width));
}

double Transformer::matrices_of(double inner_width) const { return (made.gated ? 3 : 2) * width * inner_width; }

double Transformer::biased_matrices_of_inner() const {
  return matrices_of(inner) + (made.inner_bias ? inner + width : 0);
}

double Transformer::feed_forward_parameters() const {
  const double norm = made.block_norms > 1 ? made.norm_values * width : 0;
  if (experts == 0) return biased_matrices_of_inner() + norm;
  const double shared = shared_inner > 0 ? matrices_of(shared_inner) + (made.shared_gate ? width : 0) : 0;
  return expert_parameters() + (width + (made.router_bias ? 1 : 0)) * experts + shared + norm;
}

double Transformer::expert_parameters() const { return experts * biased_matrices_of_inner(); }

double Transformer::feed_forward_flops_per_token() const {
  if (experts == 0) return 2 * matrices_of(inner);
  const double shared = shared_inner > 0 ? matrices_of(shared_inner) + (made.shared_gate ? width : 0) : 0;
  return 2 * (experts_per_token * matrices_of(inner) + width * experts + shared);
}

// What the normalisation and the first dense layers are given, and the mask of dropout.
double Transformer::kept_per_token() const { return (made.dropout ? 5 : 4) * width; }

// Queries, keys, values, and what the last dense layer is given; latent vectors before and after they are normalised.
double Transformer::attention_kept_cut_per_token() const {
  if (made.latent) return 2 * (2 * heads * (head_width + value_width) + 2 * (query_rank + latent_rank));
  return 2 * (2 * heads + 2 * key_value_heads) * head_width;
}

// The softmax; its dropout and the mask.
double Transformer::attention_kept_per_pair() const { return (made.dropout ? 5 : 2) * heads; }

// What the activation function and the last matrix are given; with gates these, and what they are multiplied with. Each
// expert has a copy of the token.
double Transformer::feed_forward_kept_cut_per_token() const {
  const double width_inside = experts == 0 ? inner : experts_per_token * inner + shared_inner;
  return 2 * (made.gated ? 4 : 2) * width_inside + 2 * experts_per_token * width;
}

double Transformer::output_parameters() const {
  if (made.pooler) return width * width + width;
  return (made.final_norm ? made.norm_values * width : 0) + (tied ? 0 : vocabulary * width) +
         (made.head_bias ? vocabulary : 0);
}

double Transformer::output_flops_per_token() const { return 2 * width * (made.pooler ? width : vocabulary); }

double Transformer::parameters() const {
  const double dense = dense_blocks > 0 ? dense_blocks * dense_part().feed_forward_parameters() : 0;
  return embedding_parameters() + layers * attention_parameters() +
         (layers - dense_blocks) * feed_forward_parameters() + dense + output_parameters();
}

const Architecture* architecture(std::string_view model_type) {
  const auto found = std::ranges::find(kArchitectures, model_type, &Architecture::model_type);
  return found == kArchitectures.end() ? nullptr : &*found;
}

std::vector<std::string> architecture_names() {
  std::vector<std::string> names;
  for (const Architecture& known : kArchitectures) names.emplace_back(known.model_type);
  return names;
}

}  // namespace tandem::formats
