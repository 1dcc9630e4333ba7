// A model's config.json, as Hugging Face's transformers writes it, becomes a profile: parameters and flops of each half
// of a block, counted from the sizes that the configuration states and the architecture that it names.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>

#include "app/import/format.h"
#include "app/import/formats/transformer.h"
#include "app/import/json_text.h"
#include "app/import/origin.h"
#include "core/config/limits.h"
#include "core/config/nearest.h"

namespace tandem::formats {
namespace {

using Json = nlohmann::json;

class ConfigReader {
 public:
  explicit ConfigReader(const InputFile& input) : input_(input), text_(input.text()), json_(parse_json(text_, input)) {
    if (!json_.is_object()) input.refuse("a config.json is one mapping");
  }

  Transformer read() {
    Transformer model{.made = architecture_named()};
    refuse_variants();
    model.width = size({model.made.width, "hidden_size", "n_embed"});
    model.layers = size({model.made.layers, "num_hidden_layers"});
    model.heads = size({model.made.heads, "num_attention_heads"});
    model.key_value_heads = key_value_heads(model);
    if (model.made.latent) read_latent(model);
    if (!model.made.latent) model.head_width = head_width(model);
    model.vocabulary = size({"vocab_size"});
    model.positions = optional_size({model.made.positions, "max_position_embeddings"}).value_or(0);
    if (model.positions <= model.made.unused_positions) model.positions = assumed_positions(model);
    if (model.made.learned_positions) model.segments = optional_size({"type_vocab_size"}).value_or(0);
    read_feed_forward(model);
    model.tied = flag("tie_word_embeddings", model.made.tied_by_default);
    if (model.made.latent && flag("attention_bias", false))
      refuse_at("attention_bias", "biases of latent attention are not supported");
    model.made.qkv_bias = flag("attention_bias", model.made.qkv_bias);
    model.made.out_bias = flag("attention_bias", model.made.out_bias);
    model.made.inner_bias = flag("mlp_bias", model.made.inner_bias);
    if (model.layers > kMostLayers / 2 - 1)
      refuse_at(model.made.layers,
                fmt::format("{:.0f} layers; there may be {:.0f}", model.layers, kMostLayers / 2 - 1));
    if (model.parameters() > kMostParameters)
      input_.refuse(fmt::format("{:.3g} parameters; there may be {:.3g}", model.parameters(), kMostParameters));
    return model;
  }

  std::vector<std::string> take_notes() { return std::move(notes_); }
  bool positions_are_assumed() const { return positions_are_assumed_; }
  std::string name() const {
    const auto found = json_.find("_name_or_path");
    return found != json_.end() && found->is_string() ? found->get<std::string>() : std::string();
  }
  /// The keys that were read, with their values.
  const std::vector<std::string>& used() const { return used_; }

 private:
  [[noreturn]] void refuse_at(std::string_view key, const std::string& text) const {
    const std::size_t at = text_.find(fmt::format("\"{}\"", key));
    input_.refuse(at == std::string::npos ? 1 : line_of(text_, at), text);
  }

  Architecture architecture_named() const {
    if (json_.contains("text_config"))
      refuse_at("text_config", "a configuration of several models in one; save its \"text_config\" as a file");
    const Json type = json_.value("model_type", Json());
    if (!type.is_string()) input_.refuse(1, "it has no \"model_type\", which says what its sizes mean");
    const std::string name = type;
    if (const Architecture* known = architecture(name)) return *known;
    const std::string meant = nearest(name, architecture_names());
    refuse_at("model_type", fmt::format("model_type \"{}\" is not known{}; there are: {}", name,
                                        meant.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", meant),
                                        fmt::join(architecture_names(), ", ")));
  }

  // Options that change what a layer holds, where this reader knows one form only.
  void refuse_variants() {
    struct Variant {
      const char* key;
      Json allowed;
    };
    for (const Variant& variant : {Variant{"is_encoder_decoder", false},
                                   {"new_decoder_architecture", false},
                                   {"qk_layernorm", false},
                                   {"do_layer_norm_before", true},
                                   {"decoder_sparse_step", 1},
                                   {"mlp_only_layers", Json::array()},
                                   {"parallel_attn", true},
                                   {"moe_layer_freq", 1},
                                   {"add_cross_attention", false}}) {
      const auto found = json_.find(variant.key);
      if (found != json_.end() && !found->is_null() && *found != variant.allowed)
        refuse_at(variant.key, fmt::format("\"{}\": {} is not supported; {} is", variant.key, found->dump(),
                                           variant.allowed.dump()));
    }
    const std::optional<double> projected = optional_size({"word_embed_proj_dim"});
    if (projected && *projected != size({"hidden_size"}))
      refuse_at("word_embed_proj_dim", "embeddings of another width than the blocks are not supported");
    if (json_.contains("quantization_config"))
      notes_.emplace_back("quantization_config is passed over: values are counted, not their bits");
    if (const std::optional<double> next = optional_size({"num_nextn_predict_layers"}); next && *next > 0)
      notes_.push_back(
          fmt::format("num_nextn_predict_layers {:.0f}: what predicts tokens after the next one is left out", *next));
    const bool may_slide = flag("use_sliding_window", true);
    if (const std::optional<double> window = optional_size({"sliding_window"}); window && may_slide)
      notes_.push_back(
          fmt::format("sliding_window {:.0f} is passed over: attention is counted over all pairs of tokens", *window));
  }

  bool flag(const char* key, bool otherwise) const {
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return otherwise;
    if (!found->is_boolean()) refuse_at(key, fmt::format("\"{}\" must be true or false, not {}", key, found->dump()));
    return found->get<bool>();
  }

  /// The first of these keys that is there and not null.
  std::optional<double> optional_size(std::initializer_list<std::string_view> keys) {
    constexpr double kMost = 1e9;
    for (const std::string_view key : keys) {
      const auto found = json_.find(std::string(key));
      if (found == json_.end() || found->is_null()) continue;
      const double value = found->is_number_integer() ? found->get<double>() : -1;
      if (value < 0 || value > kMost)
        refuse_at(key,
                  fmt::format("\"{}\" must be a whole number from 0 to 1e9, not {}", key, found->dump().substr(0, 40)));
      const std::string use = fmt::format("{} {:.0f}", key, value);
      if (std::ranges::find(used_, use) == used_.end()) used_.push_back(use);
      return value;
    }
    return std::nullopt;
  }

  double size(std::initializer_list<std::string_view> keys) {
    const std::optional<double> value = optional_size(keys);
    if (!value) input_.refuse(1, fmt::format("it has no \"{}\"", *keys.begin()));
    if (*value == 0) refuse_at(*keys.begin(), fmt::format("\"{}\" must be at least 1", *keys.begin()));
    return *value;
  }

  double key_value_heads(const Transformer& model) {
    if (model.made.one_key_value_head && flag("multi_query", true)) return 1;
    const double heads = optional_size({"num_key_value_heads"}).value_or(model.heads);
    if (heads == 0 || std::fmod(model.heads, heads) != 0)
      refuse_at("num_key_value_heads",
                fmt::format("{:.0f} heads of keys and values do not divide {:.0f} heads", heads, model.heads));
    return heads;
  }

  double head_width(const Transformer& model) {
    if (const std::optional<double> stated = optional_size({"head_dim"}); stated && *stated > 0) return *stated;
    if (std::fmod(model.width, model.heads) != 0)
      refuse_at(model.made.heads,
                fmt::format("{:.0f} heads do not divide a width of {:.0f}", model.heads, model.width));
    return model.width / model.heads;
  }

  /// Multi-head latent attention: a head of queries and keys has a part from the latent vector and one that turns.
  void read_latent(Transformer& model) {
    model.query_rank = optional_size({"q_lora_rank"}).value_or(0);
    model.latent_rank = size({"kv_lora_rank"});
    model.rotary_width = size({"qk_rope_head_dim"});
    model.head_width = size({"qk_nope_head_dim"}) + model.rotary_width;
    model.value_width = size({"v_head_dim"});
  }

  double assumed_positions(const Transformer& model) {
    constexpr double kUsual = 2048;
    positions_are_assumed_ = true;
    return kUsual + model.made.unused_positions;
  }

  void read_feed_forward(Transformer& model) {
    const std::optional<double> inner = optional_size({"moe_intermediate_size", model.made.inner});
    const bool may_be_unstated = !model.made.gated;  // older architectures: four times the width
    if (!inner && !may_be_unstated) input_.refuse(1, fmt::format("it has no \"{}\"", model.made.inner));
    model.inner = inner.value_or(4 * model.width);
    model.experts =
        optional_size({"num_local_experts", "num_experts", "n_routed_experts", "num_routed_experts"}).value_or(0);
    if (model.made.latent && model.experts == 0) input_.refuse(1, "it has no \"n_routed_experts\"");
    if (model.experts == 0) return;
    model.experts_per_token = size({"num_experts_per_tok"});
    if (model.experts_per_token > model.experts)
      refuse_at("num_experts_per_tok",
                fmt::format("a token cannot have {:.0f} of {:.0f} experts", model.experts_per_token, model.experts));
    model.shared_inner = optional_size({"shared_expert_intermediate_size"}).value_or(0);
    if (!model.made.latent) return;
    model.shared_inner = optional_size({"n_shared_experts", "num_shared_experts"}).value_or(0) * model.inner;
    model.dense_blocks = optional_size({"first_k_dense_replace"}).value_or(0);
    if (model.dense_blocks > model.layers)
      refuse_at("first_k_dense_replace",
                fmt::format("{:.0f} of {:.0f} blocks without experts", model.dense_blocks, model.layers));
    if (model.dense_blocks > 0) model.dense_inner = size({model.made.inner});
  }

  const InputFile& input_;
  std::string text_;
  Json json_;
  std::vector<std::string> notes_, used_;
  bool positions_are_assumed_ = false;
};

std::string layer(const std::string& name, double parameters, const std::string& flops, double activations_per_token,
                  int indent) {
  const std::string blanks(static_cast<std::size_t>(indent), ' ');
  return fmt::format("{0}- name: {1}\n{0}  parameters: {2:.0f}\n{3}{0}  activations_per_token: {4:.0f}\n", blanks, name,
                     parameters, flops, activations_per_token);
}

std::string flops_line(const std::string& key, double flops, int indent) {
  return fmt::format("{}{}: {:.0f}flop\n", std::string(static_cast<std::size_t>(indent), ' '), key, flops);
}

/// The line of what a half keeps for its backward pass.
std::string kept_line(double per_token, double cut_per_token, double per_pair, double recomputed_per_token) {
  std::string text =
      fmt::format("        kept: {{per_token: {:.0f}B, cut_per_token: {:.0f}B", per_token, cut_per_token);
  if (per_pair > 0) text += fmt::format(", per_token_pair: {:.0f}B", per_pair);
  if (recomputed_per_token > 0) text += fmt::format(", recomputed_per_token: {:.0f}B", recomputed_per_token);
  return text + "}\n";
}

std::string attention_comment(const Transformer& model) {
  constexpr std::string_view kPerPair =
      "2 flops per weight and token, and per pair of tokens (all pairs, as if no mask were)";
  if (model.made.latent) {
    return fmt::format(
        "w = {:.0f}, latent attention: {}keys and values of {:.0f} heads of {:.0f} and {:.0f} from {:.0f}; {}",
        model.width, model.query_rank > 0 ? fmt::format("queries from {:.0f} values, ", model.query_rank) : "",
        model.heads, model.head_width, model.value_width, model.latent_rank, kPerPair);
  }
  return fmt::format(
      "w = {:.0f}, q = {:.0f} x {:.0f}, k = {:.0f} x {:.0f}: 2 w q + 2 w k weights, biases and "
      "normalisations; 2 flops per weight and token, 4 q per pair of tokens (all pairs, as if no mask were)",
      model.width, model.heads, model.head_width, model.key_value_heads, model.head_width);
}

/// Blocks that are alike, as `name`#_attention and so on.
std::string block_text(const Transformer& model, const std::string& name) {
  std::string text = fmt::format("  - repeat: {:.0f}\n    layers:\n", model.layers);
  text += origin_comment(Origin::derived, attention_comment(model), 6);
  text += layer(name + "#_attention", model.attention_parameters(),
                flops_line("forward_flops_per_token", model.attention_flops_per_token(), 8) +
                    flops_line("forward_flops_per_token_pair", model.attention_flops_per_pair(), 8),
                model.width, 6);
  text += fmt::format("        heads: {:.0f}\n", model.heads);
  text += kept_line(model.kept_per_token(), model.attention_kept_cut_per_token(), model.attention_kept_per_pair(),
                    2 * model.width);
  const int matrices = model.made.gated ? 3 : 2;
  const std::string half =
      model.experts == 0
          ? fmt::format("{} matrices of w x {:.0f}; 2 flops per weight and token", matrices, model.inner)
          : fmt::format(
                "{:.0f} experts of {} matrices of w x {:.0f}, a router of w x {:.0f}{}; a token passes {:.0f} "
                "of the experts",
                model.experts, matrices, model.inner, model.experts,
                model.shared_inner > 0 ? fmt::format(", a shared expert of w x {:.0f}", model.shared_inner) : "",
                model.experts_per_token);
  text += origin_comment(Origin::derived, half, 6);
  text += layer(name + (model.experts == 0 ? "#_feed_forward" : "#_experts"), model.feed_forward_parameters(),
                flops_line("forward_flops_per_token", model.feed_forward_flops_per_token(), 8), model.width, 6);
  if (model.experts > 0) {
    text += fmt::format("        experts: {{count: {:.0f}, per_token: {:.0f}, parameters: {:.0f}}}\n", model.experts,
                        model.experts_per_token, model.expert_parameters());
  }
  return text + kept_line(model.kept_per_token(), model.feed_forward_kept_cut_per_token(), 0, 0);
}

std::string ends_text(const Transformer& model) {
  if (model.made.pooler) {
    return origin_comment(Origin::derived, "the pooler, a dense layer of w x w for the first token", 2) +
           fmt::format("  - {{name: pooler, parameters: {:.0f}, forward_flops: {:.0f}flop, activations: {:.0f}}}\n",
                       model.output_parameters(), model.output_flops_per_token(), model.width);
  }
  return origin_comment(Origin::derived,
                        model.tied ? "the last normalisation; the output's matrix is that of the embeddings (tied), so "
                                     "a pipeline's last stage holds it once more"
                                   : "the last normalisation and a matrix of w x the vocabulary",
                        2) +
         layer("output", model.output_parameters(),
               flops_line("forward_flops_per_token", model.output_flops_per_token(), 4), model.vocabulary, 2);
}

std::string profile_text(const Transformer& model, const ConfigReader& reader, const InputFile& input,
                         const std::string& stem) {
  const std::string name = reader.name().empty() ? stem : reader.name();
  std::string text = comment(fmt::format("From {}, an architecture of type {}: {:.0f} parameters.", input.path(),
                                         model.made.model_type, model.parameters()));
  text += origin_comment(Origin::stated, fmt::format("{}", fmt::join(reader.used(), ", ")));
  text += comment(
      "The backward pass costs twice the forward pass. Normalisations, biases, activation functions and "
      "looking up an embedding cost no flops.");
  text += comment(
      "What a half of a block keeps for its backward pass is counted in bytes, values of 16 bit and masks of dropout "
      "of "
      "8 (Korthikanti et al., arXiv 2205.05198), as if attention kept its scores.");
  text += fmt::format("name: {}\nsource: {}\n", Json(name).dump(),
                      Json(fmt::format("config.json of {} ({})", name, model.made.model_type)).dump());
  text += origin_comment(reader.positions_are_assumed() ? Origin::assumed : Origin::stated,
                         reader.positions_are_assumed() ? "the configuration has no longest sequence"
                                                        : "ask for fewer tokens with sequence_length");
  text += fmt::format("longest_sequence: {:.0f}\nlayers:\n", model.positions - model.made.unused_positions);
  text += origin_comment(
      Origin::derived,
      fmt::format("vocabulary x w{}", model.made.learned_positions ? ", and a table of positions" : ""), 2);
  text += layer("embeddings", model.embedding_parameters(), "    forward_flops: 0flop\n", model.width, 2);
  if (model.dense_blocks > 0) text += block_text(model.dense_part(), "dense");
  if (model.layers > model.dense_blocks) text += block_text(model.expert_part(), "block");
  return text + ends_text(model);
}

}  // namespace

ImportFormat hf_config() {
  return {.name = "hf-config",
          .doc = "config.json of a transformer, by Hugging Face's transformers -> a profile (workload.model.profile)",
          .recognises =
              [](std::string_view head) {
                return is_json_object(head) && head.find("\"traceEvents\"") == head.npos &&
                       (head.find("\"model_type\"") != head.npos || head.find("\"text_config\"") != head.npos);
              },
          .read =
              [](const InputFile& input, const std::string& stem) {
                ConfigReader reader(input);
                const Transformer model = reader.read();
                Imported imported;
                imported.texts.push_back({"", profile_text(model, reader, input, stem)});
                imported.notes = reader.take_notes();
                return imported;
              }};
}

}  // namespace tandem::formats
