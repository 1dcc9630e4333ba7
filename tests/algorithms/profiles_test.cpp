// Named profiles against the totals that were published for them. Counts of parameters are exact: those of the
// reference implementations (torchvision, and Hugging Face's transformers for BERT and GPT-2), which the papers round.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "algorithms/training/profiles/profile.h"

namespace tandem {
namespace {

struct Totals {
  std::size_t parameters = 0;
  double forward_flops = 0, backward_flops = 0;
};

Totals totals_of(std::string_view name, std::size_t sequence_length = 0) {
  const NamedProfile& profile = *find_profile(name);
  Totals totals;
  for (const ProfileLayer& layer : profile.layers(sequence_length != 0 ? sequence_length : profile.longest_sequence)) {
    totals.parameters += layer.parameters;
    totals.forward_flops += layer.forward_flops_per_sample;
    totals.backward_flops += layer.backward_flops_per_sample;
  }
  return totals;
}

TEST(NamedProfiles, HaveThePublishedNumberOfParameters) {
  EXPECT_EQ(totals_of("resnet50").parameters, 25'557'032u);
  EXPECT_EQ(totals_of("resnet101").parameters, 44'549'160u);
  EXPECT_EQ(totals_of("resnet152").parameters, 60'192'808u);
  EXPECT_EQ(totals_of("vgg16").parameters, 138'357'544u);
  EXPECT_EQ(totals_of("inception-v3").parameters, 23'834'568u);
  EXPECT_EQ(totals_of("bert-base").parameters, 109'482'240u);
  EXPECT_EQ(totals_of("bert-large").parameters, 335'141'888u);
  EXPECT_EQ(totals_of("gpt2").parameters, 124'439'808u);
  EXPECT_EQ(totals_of("gpt2-medium").parameters, 354'823'168u);
  EXPECT_EQ(totals_of("gpt2-large").parameters, 774'030'080u);
  EXPECT_EQ(totals_of("gpt2-xl").parameters, 1'557'611'200u);
}

TEST(NamedProfiles, HaveThePublishedNumberOfMultiplyAdds) {
  // The papers give two digits, cut off rather than rounded, and torchvision 15.47 and 5.71 Gflops for VGG-16 and
  // Inception V3.
  constexpr double kTwoDigits = 0.02;
  const auto multiply_adds = [](std::string_view name) { return totals_of(name).forward_flops / 2; };
  EXPECT_NEAR(multiply_adds("resnet50"), 3.8e9, kTwoDigits * 3.8e9);
  EXPECT_NEAR(multiply_adds("resnet101"), 7.6e9, kTwoDigits * 7.6e9);
  EXPECT_NEAR(multiply_adds("resnet152"), 11.3e9, kTwoDigits * 11.3e9);
  EXPECT_NEAR(multiply_adds("vgg16"), 15.47e9, 0.005e9);
  EXPECT_NEAR(multiply_adds("inception-v3"), 5.71e9, 0.005e9);
}

TEST(NamedProfiles, ATransformersFlopsAreTwoATokenAndWeightAndTheAttentionOfAllPairs) {
  constexpr double kWeights = 12 * 12.0 * 768 * 768, kAttention = 12 * 4.0 * 768;
  for (const double length : {1.0, 128.0, 509.0, 512.0}) {
    const double pooler = 2 * 768.0 * 768;
    EXPECT_DOUBLE_EQ(totals_of("bert-base", static_cast<std::size_t>(length)).forward_flops,
                     2 * length * kWeights + kAttention * length * length + pooler)
        << length;
  }
  EXPECT_EQ(totals_of("bert-base", 1).parameters, totals_of("bert-base").parameters);
}

TEST(NamedProfiles, ABackwardPassIsTwoForwardPassesExceptInTheFirstLayer) {
  for (const NamedProfile& profile : named_profiles()) {
    const auto layers = profile.layers(profile.longest_sequence);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      EXPECT_EQ(layers[i].backward_flops_per_sample, (i == 0 ? 1 : 2) * layers[i].forward_flops_per_sample)
          << profile.name << " " << layers[i].name;
      EXPECT_GT(layers[i].activations_per_sample, 0u);
    }
  }
}

TEST(NamedProfiles, HaveNamesOfTheirOwnAndLayersWithNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const NamedProfile& profile : named_profiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name;
    EXPECT_EQ(find_profile(profile.name), &profile);
    std::set<std::string> layers;
    for (const ProfileLayer& layer : profile.layers(profile.longest_sequence)) {
      EXPECT_TRUE(layers.insert(layer.name).second) << profile.name << " " << layer.name;
    }
  }
  EXPECT_EQ(find_profile("resnet"), nullptr);
}

}  // namespace
}  // namespace tandem
