// A model's config.json: the totals are those that were published, to the last parameter.
#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "app/scenario/profiles.h"
#include "core/config/reader.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// The profile as scenarios read it.
Profile profile_of(const std::string& text) {
  const TemporaryFolder folder;
  folder.file("profile.yaml", text);
  Diagnostics diagnostics;
  Profiles profiles(folder.path(), diagnostics);
  Reader reader(diagnostics, {});
  const Profile* profile = profiles.find("profile.yaml", {}, reader);
  diagnostics.throw_if_any();
  return *profile;
}

struct Totals {
  std::size_t parameters = 0;
  double forward_flops = 0;
  double kept = 0;  ///< bytes, where a layer says so
};

Totals totals_of(const std::string& config, std::size_t tokens = 0) {
  const TemporaryFolder folder;
  const Profile profile = profile_of(import_file(folder.file("config.json", config)).texts.front().text);
  Totals totals;
  for (const ProfileLayer& layer : layers_of(profile, tokens == 0 ? profile.longest_sequence : tokens)) {
    totals.parameters += layer.parameters;
    totals.forward_flops += layer.forward_flops_per_sample;
    if (layer.kept) totals.kept += layer.kept->sum() + layer.kept->recomputed;
  }
  return totals;
}

struct Published {
  std::string name, config;
  std::size_t parameters;
};

/// Sizes as their authors publish them; parameters as the weights of the model count, without buffers.
const std::vector<Published> kPublished = {
    {"GPT-2",
     R"({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024, "vocab_size": 50257})",
     124'439'808},
    {"BERT-Base",
     R"({"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
           "intermediate_size": 3072, "max_position_embeddings": 512, "type_vocab_size": 2, "vocab_size": 30522})",
     109'482'240},
    {"RoBERTa-Base",
     R"({"model_type": "roberta", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
           "intermediate_size": 3072, "max_position_embeddings": 514, "type_vocab_size": 1, "vocab_size": 50265})",
     124'645'632},
    {"OPT-125M",
     R"({"model_type": "opt", "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "ffn_dim": 3072,
           "word_embed_proj_dim": 768, "max_position_embeddings": 2048, "vocab_size": 50272})",
     125'239'296},
    {"BLOOM-560M",
     R"({"model_type": "bloom", "n_embed": 1024, "n_layer": 24, "num_attention_heads": 16, "vocab_size": 250880})",
     559'214'592},
    {"Pythia-6.9B",
     R"({"model_type": "gpt_neox", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
           "intermediate_size": 16384, "max_position_embeddings": 2048, "vocab_size": 50432,
           "tie_word_embeddings": false})",
     6'857'302'016},
    {"Phi-2",
     R"({"model_type": "phi", "hidden_size": 2560, "num_hidden_layers": 32, "num_attention_heads": 32,
           "intermediate_size": 10240, "max_position_embeddings": 2048, "vocab_size": 51200,
           "tie_word_embeddings": false, "qk_layernorm": false})",
     2'779'683'840},
    {"Falcon-7B",
     R"({"model_type": "falcon", "hidden_size": 4544, "num_hidden_layers": 32, "num_attention_heads": 71,
           "multi_query": true, "parallel_attn": true, "new_decoder_architecture": false, "vocab_size": 65024})",
     6'921'720'704},
    {"Llama-2-70B",
     R"({"model_type": "llama", "hidden_size": 8192, "num_hidden_layers": 80, "num_attention_heads": 64,
           "num_key_value_heads": 8, "intermediate_size": 28672, "max_position_embeddings": 4096, "vocab_size": 32000,
           "tie_word_embeddings": false})",
     68'976'648'192},
    {"Llama-3-8B",
     R"({"model_type": "llama", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
           "num_key_value_heads": 8, "intermediate_size": 14336, "max_position_embeddings": 8192, "vocab_size": 128256,
           "tie_word_embeddings": false})",
     8'030'261'248},
    {"Mistral-7B",
     R"({"model_type": "mistral", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
           "num_key_value_heads": 8, "intermediate_size": 14336, "max_position_embeddings": 32768, "vocab_size": 32000,
           "sliding_window": 4096})",
     7'241'732'096},
    {"Mixtral-8x7B",
     R"({"model_type": "mixtral", "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
           "num_key_value_heads": 8, "intermediate_size": 14336, "max_position_embeddings": 32768, "vocab_size": 32000,
           "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": null})",
     46'702'792'704},
    {"Qwen2.5-0.5B",
     R"({"model_type": "qwen2", "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14,
           "num_key_value_heads": 2, "intermediate_size": 4864, "max_position_embeddings": 32768, "vocab_size": 151936,
           "tie_word_embeddings": true, "use_sliding_window": false, "sliding_window": 32768})",
     494'032'768},
    {"Qwen1.5-MoE-A2.7B",
     R"({"model_type": "qwen2_moe", "hidden_size": 2048, "num_hidden_layers": 24, "num_attention_heads": 16,
           "num_key_value_heads": 16, "intermediate_size": 5632, "moe_intermediate_size": 1408,
           "shared_expert_intermediate_size": 5632, "num_experts": 60, "num_experts_per_tok": 4,
           "decoder_sparse_step": 1, "max_position_embeddings": 8192, "vocab_size": 151936})",
     14'315'784'192},
    {"Qwen3-30B-A3B",
     R"({"model_type": "qwen3_moe", "hidden_size": 2048, "num_hidden_layers": 48, "num_attention_heads": 32,
           "num_key_value_heads": 4, "head_dim": 128, "intermediate_size": 6144, "moe_intermediate_size": 768,
           "num_experts": 128, "num_experts_per_tok": 8, "mlp_only_layers": [], "decoder_sparse_step": 1,
           "attention_bias": false, "max_position_embeddings": 40960, "vocab_size": 151936,
           "tie_word_embeddings": false})",
     30'532'122'624},
    {"OLMoE-1B-7B",
     R"({"model_type": "olmoe", "hidden_size": 2048, "num_hidden_layers": 16, "num_attention_heads": 16,
           "num_key_value_heads": 16, "intermediate_size": 1024, "num_experts": 64, "num_experts_per_tok": 8,
           "max_position_embeddings": 4096, "vocab_size": 50304, "tie_word_embeddings": false})",
     6'919'161'856},
    {"DeepSeek-V2-Lite",
     R"({"model_type": "deepseek_v2", "hidden_size": 2048, "num_hidden_layers": 27, "num_attention_heads": 16,
           "num_key_value_heads": 16, "q_lora_rank": null, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
           "qk_rope_head_dim": 64, "v_head_dim": 128, "intermediate_size": 10944, "moe_intermediate_size": 1408,
           "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6, "first_k_dense_replace": 1,
           "moe_layer_freq": 1, "max_position_embeddings": 163840, "vocab_size": 102400,
           "tie_word_embeddings": false})",
     15'706'484'224},
    {"DeepSeek-V3",
     R"({"model_type": "deepseek_v3", "hidden_size": 7168, "num_hidden_layers": 61, "num_attention_heads": 128,
           "num_key_value_heads": 128, "q_lora_rank": 1536, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
           "qk_rope_head_dim": 64, "v_head_dim": 128, "intermediate_size": 18432, "moe_intermediate_size": 2048,
           "n_routed_experts": 256, "n_shared_experts": 1, "num_experts_per_tok": 8, "first_k_dense_replace": 3,
           "moe_layer_freq": 1, "max_position_embeddings": 163840, "vocab_size": 129280,
           "tie_word_embeddings": false})",
     671'026'419'200},
    {"Gemma-7B",
     R"({"model_type": "gemma", "hidden_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16,
           "num_key_value_heads": 16, "head_dim": 256, "intermediate_size": 24576, "max_position_embeddings": 8192,
           "vocab_size": 256000})",
     8'537'680'896}};

TEST(HfConfig, HasThePublishedNumberOfParameters) {
  for (const Published& model : kPublished)
    EXPECT_EQ(totals_of(model.config).parameters, model.parameters) << model.name;
}

// The shipped profile was counted by hand, from the paper.
TEST(HfConfig, AgreesWithTheShippedProfileOfGpt2ButForItsOutput) {
  Totals shipped;
  for (const ProfileLayer& layer : layers_of(*shipped_profile("gpt2"), 1024)) {
    shipped.parameters += layer.parameters;
    shipped.forward_flops += layer.forward_flops_per_sample;
    if (layer.kept) shipped.kept += layer.kept->sum() + layer.kept->recomputed;
  }
  const Totals imported = totals_of(kPublished.front().config);
  EXPECT_EQ(imported.parameters, shipped.parameters);
  EXPECT_NEAR(imported.forward_flops, shipped.forward_flops, 1e-9 * shipped.forward_flops);
  // 12 blocks of s b h (34 + 5 a s/h) bytes, and their inputs.
  EXPECT_EQ(imported.kept, 12 * 1024.0 * (768 * (34 + 2) + 5 * 12 * 1024));
  EXPECT_EQ(imported.kept, shipped.kept);
}

TEST(HfConfig, AgreesWithTheShippedProfileOfOlmoe) {
  const auto published = std::ranges::find(kPublished, "OLMoE-1B-7B", &Published::name);
  const TemporaryFolder folder;
  const Profile imported = profile_of(import_file(folder.file("config.json", published->config)).texts.front().text);
  const auto ours = layers_of(imported, 4096), theirs = layers_of(*shipped_profile("olmoe-1b-7b"), 4096);
  ASSERT_EQ(ours.size(), theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    EXPECT_EQ(ours[i].parameters, theirs[i].parameters) << i;
    EXPECT_EQ(ours[i].forward_flops_per_sample, theirs[i].forward_flops_per_sample) << i;
    EXPECT_EQ(ours[i].kept, theirs[i].kept) << i;
    EXPECT_EQ(ours[i].experts.count, theirs[i].experts.count) << i;
    EXPECT_EQ(ours[i].experts.per_token, theirs[i].experts.per_token) << i;
    EXPECT_EQ(ours[i].experts.parameters, theirs[i].experts.parameters) << i;
    // What is handed on is counted as float32 by an import, and as 16 bit in the shipped file.
    EXPECT_EQ(ours[i].experts.width, 2 * theirs[i].experts.width) << i;
  }
}

// A token passes 2 of 8 experts: 12.9 billion of the 46.7 billion parameters are said to be active.
TEST(HfConfig, CountsTheExpertsThatATokenPasses) {
  const auto mixtral = std::ranges::find(kPublished, "Mixtral-8x7B", &Published::name);
  const double weights = totals_of(mixtral->config, 1).forward_flops / 2;
  const double looked_up = 32000.0 * 4096;  // an embedding costs nothing
  EXPECT_NEAR(weights + looked_up, 12.88e9, 0.01e9);
}

// 37 billion of the 671 billion parameters are said to be active for a token.
TEST(HfConfig, CountsWhatATokenPassesOfDeepSeek) {
  const auto deepseek = std::ranges::find(kPublished, "DeepSeek-V3", &Published::name);
  const double weights = totals_of(deepseek->config, 1).forward_flops / 2;
  EXPECT_NEAR(weights + 129280.0 * 7168, 37.5e9, 0.1e9);
  const TemporaryFolder folder;
  const std::string text = import_file(folder.file("config.json", deepseek->config)).texts.front().text;
  EXPECT_THAT(text, HasSubstr("  - repeat: 3\n"));
  EXPECT_THAT(text, HasSubstr("- name: dense#_feed_forward\n"));
  EXPECT_THAT(text, HasSubstr("  - repeat: 58\n"));
  EXPECT_THAT(text, HasSubstr("experts: {count: 256, per_token: 8, parameters: 11274289152}"));
  EXPECT_THAT(refusal_of(replaced(deepseek->config, "\"first_k_dense_replace\": 3", "\"first_k_dense_replace\": 62")),
              HasSubstr("62 of 61 blocks without experts"));
}

TEST(HfConfig, SaysWhatItPassesOver) {
  const TemporaryFolder folder;
  const auto mistral = std::ranges::find(kPublished, "Mistral-7B", &Published::name);
  EXPECT_THAT(import_file(folder.file("config.json", mistral->config)).notes,
              testing::ElementsAre(HasSubstr("sliding_window 4096")));
}

TEST(HfConfig, RefusesByNameAndLine) {
  const std::string config = text_of_file(golden("config.json"));
  EXPECT_THAT(refusal_of(replaced(config, "\"llama\"", "\"lama\"")),
              HasSubstr("input:3: error: model_type \"lama\" is not known (did you mean \"llama\"?)"));
  EXPECT_THAT(refusal_of(replaced(config, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3")),
              HasSubstr("3 heads of keys and values do not divide 4 heads"));
  EXPECT_THAT(refusal_of(replaced(config, "\"vocab_size\": 1000", "\"vocab_size\": \"tbd\"")),
              HasSubstr("\"vocab_size\" must be a whole number from 0 to 1e9, not \"tbd\""));
  EXPECT_THAT(refusal_of(replaced(config, "\"hidden_size\": 64,", "")), HasSubstr("it has no \"hidden_size\""));
  EXPECT_THAT(refusal_of(R"({"text_config": {"model_type": "llama"}})"), HasSubstr("several models in one"));
  EXPECT_THAT(refusal_of(R"({"model_type": "t5", "is_encoder_decoder": true})"), HasSubstr("\"t5\" is not known"));
  EXPECT_THAT(refusal_of("{\"model_type\": \"llama\",\n \"hidden_size\": }"),
              HasSubstr("input:2:17: error: not valid JSON: '}' has no place here; expected: a value"));
}

}  // namespace
}  // namespace tandem
