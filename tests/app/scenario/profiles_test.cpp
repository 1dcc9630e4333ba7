// Profiles from their files: the shipped ones against the totals that were published for them, and files of one's own.
// Counts of parameters are exact: those of the reference implementations (torchvision, and Hugging Face's transformers
// for BERT and GPT-2), which the papers round.
#include "app/scenario/profiles.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "app/scenario/shipped_profiles.h"
#include "tests/app/scenario/scenario_of.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

struct Totals {
  std::size_t parameters = 0;
  double forward_flops = 0;
};

Totals totals_of(std::string_view name, std::size_t sequence_length = 0) {
  Totals totals;
  const Profile& profile = *shipped_profile(name);
  for (const ProfileLayer& layer :
       layers_of(profile, sequence_length != 0 ? sequence_length : profile.longest_sequence)) {
    totals.parameters += layer.parameters;
    totals.forward_flops += layer.forward_flops_per_sample;
  }
  return totals;
}

TEST(ShippedProfiles, HaveThePublishedNumberOfParameters) {
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
  // 12 l h^2 (1 + 13/(12 h) + (V + s)/(12 l h)) and the last normalisation.
  EXPECT_EQ(totals_of("megatron-22b").parameters, 22'074'273'792u);
  EXPECT_EQ(totals_of("megatron-175b").parameters, 174'615'846'912u);
  EXPECT_EQ(totals_of("olmoe-1b-7b").parameters, 6'919'161'856u);
}

TEST(ShippedProfiles, HaveThePublishedNumberOfMultiplyAdds) {
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

TEST(ShippedProfiles, ATransformersFlopsAreTwoATokenAndWeightAndTheAttentionOfAllPairs) {
  struct Shape {
    std::string name;
    double blocks, width, output, fixed;  // flops: output a token, fixed a sample
  };
  for (const auto& [name, blocks, width, output, fixed] :
       {Shape{"bert-base", 12, 768, 0, 2 * 768.0 * 768}, Shape{"bert-large", 24, 1024, 0, 2 * 1024.0 * 1024},
        Shape{"gpt2", 12, 768, 2 * 50257 * 768.0, 0}, Shape{"gpt2-medium", 24, 1024, 2 * 50257 * 1024.0, 0},
        Shape{"gpt2-large", 36, 1280, 2 * 50257 * 1280.0, 0}, Shape{"gpt2-xl", 48, 1600, 2 * 50257 * 1600.0, 0},
        Shape{"megatron-22b", 48, 6144, 2 * 51200 * 6144.0, 0},
        Shape{"megatron-175b", 96, 12288, 2 * 51200 * 12288.0, 0}}) {
    for (const double tokens : {1.0, 128.0, 509.0, 512.0}) {
      const double weights = 12 * blocks * width * width, pairs = 4 * blocks * width;
      EXPECT_DOUBLE_EQ(totals_of(name, static_cast<std::size_t>(tokens)).forward_flops,
                       (2 * weights + output) * tokens + pairs * tokens * tokens + fixed)
          << name << " " << tokens;
    }
    EXPECT_EQ(totals_of(name, 1).parameters, totals_of(name).parameters);
  }
}

TEST(ShippedProfiles, ABackwardPassIsTwoForwardPassesExceptInTheFirstLayer) {
  for (const ShippedProfile& shipped : shipped_profiles()) {
    const Profile& profile = *shipped_profile(shipped.name);
    const auto layers = layers_of(profile, profile.longest_sequence);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      EXPECT_EQ(layers[i].backward_flops_per_sample, (i == 0 ? 1 : 2) * layers[i].forward_flops_per_sample)
          << profile.name << " " << layers[i].name;
      EXPECT_GT(layers[i].activations_per_sample, 0u);
    }
  }
}

TEST(ShippedProfiles, AreTheFilesOfTheirFolderEachWithItsNameAndNamesOfItsLayers) {
  std::set<std::string> files, names;
  for (const auto& file : fs::directory_iterator(TANDEM_SOURCE_DIR "/scenarios/profiles"))
    files.insert(file.path().stem().string());
  for (const ShippedProfile& shipped : shipped_profiles()) names.emplace(shipped.name);
  EXPECT_EQ(names, files) << "app/scenario/CMakeLists.txt lists what is shipped";
  names.clear();
  for (const ShippedProfile& shipped : shipped_profiles()) {
    const Profile& profile = *shipped_profile(shipped.name);
    names.insert(profile.name);
    std::set<std::string> layers;
    for (const LayerSizes& layer : profile.layers)
      EXPECT_TRUE(layers.insert(layer.name).second) << profile.name << " " << layer.name;
  }
  EXPECT_EQ(names, files);
}

constexpr const char* kSequence = R"(name: mine
source: my own counts
published: {parameters: 46, source: my own counts}
longest_sequence: 8
layers:
  - {name: start, parameters: 4, forward_flops: 10flop, backward_flops: 7flop}
  - repeat: 2
    first: 3
    layers:
      - {name: a#, parameters: 10, forward_flops_per_token: 3flop, activations_per_token: 5}
      - {name: b#, parameters: 11, forward_flops_per_token: 1flop, forward_flops_per_token_pair: 2flop, activations: 6}
)";

struct OwnProfile : testing::Test {
  OwnProfile() {
    fs::create_directories(folder / "models");
    std::ofstream(folder / "models/mine.yaml") << kSequence;
  }
  ~OwnProfile() override { fs::remove_all(folder); }

  Plan plan_with(const std::string& lines, const std::vector<std::string>& overrides = {}) const {
    const std::string text =
        "tandem: 1\nname: x\nquestion: x?\nworld: sim\nworkload:\n  batch: {global: 64}\n  stop: {steps: 10}\n" + lines;
    return parse_plan(text, (folder / "x.yaml").string(), overrides);
  }

  fs::path folder = fs::path(testing::TempDir()) /
                    ("own-profile-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(OwnProfile, IsFoundFromTheScenariosFolderAndUnrolled) {
  const Scenario scenario = plan_with("  model: {name: profile, profile: models/mine.yaml}\n").points.front().scenario;
  const auto& layers = scenario.workload.model.profile;
  ASSERT_EQ(layers.size(), 5u);
  const std::vector<std::string> names = {"start", "a3", "b3", "a4", "b4"};
  for (std::size_t i = 0; i < layers.size(); ++i) EXPECT_EQ(layers[i].name, names[i]);
  EXPECT_EQ(layers[0].forward_flops_per_sample, 10);
  EXPECT_EQ(layers[0].backward_flops_per_sample, 7);
  for (const std::size_t a : {1u, 3u}) {
    EXPECT_EQ(layers[a].parameters, 10u);
    EXPECT_EQ(layers[a].forward_flops_per_sample, 3 * 8);
    EXPECT_EQ(layers[a].backward_flops_per_sample, 2 * 3 * 8);
    EXPECT_EQ(layers[a].activations_per_sample, 5u * 8);
    EXPECT_EQ(layers[a + 1].forward_flops_per_sample, 8 + 2 * 8 * 8);
    EXPECT_EQ(layers[a + 1].backward_flops_per_sample, 2 * (8 + 2 * 8 * 8));
    EXPECT_EQ(layers[a + 1].activations_per_sample, 6u);
  }
  expect_loads_back(scenario);
}

TEST_F(OwnProfile, HasShorterSequencesAndMeasuredSpeedsAsNamedOnesHave) {
  const auto layers = plan_with("  model: {name: profile, profile: models/mine.yaml, sequence_length: 3}\n")
                          .points.front()
                          .scenario.workload.model.profile;
  EXPECT_EQ(layers.at(1).forward_flops_per_sample, 3 * 3);
  EXPECT_EQ(layers.at(2).forward_flops_per_sample, 3 + 2 * 9);

  const std::string measured =
      "  model: {name: profile, profile: models/mine.yaml, samples_per_s: 50}\ncluster: {host: {speed: 1Gflop/s}}\n";
  double flops = 0;
  for (const ProfileLayer& layer : plan_with(measured).points.front().scenario.workload.model.profile)
    flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  EXPECT_DOUBLE_EQ(flops, 1e9 / 50);
}

TEST_F(OwnProfile, IsSweptWithNamedOnesAndTakenFromTheCommandLine) {
  const std::string swept =
      "  model: {name: profile, profile: gpt2}\nsweep: {grid: {workload.model.profile: [vgg16, models/mine.yaml], "
      "cluster.workers: [1, 2]}}\n";
  const Plan plan = plan_with(swept);
  ASSERT_EQ(plan.points.size(), 4u);
  EXPECT_EQ(plan.points[1].scenario.workload.model.profile.size(), 16u);
  EXPECT_EQ(plan.points[3].scenario.workload.model.profile.size(), 5u);
  EXPECT_EQ(plan.points[3].factors[0].second, "models/mine.yaml");

  const Plan pinned =
      plan_with("  model: {name: profile, profile: gpt2}\n", {"workload.model.profile=models/mine.yaml"});
  EXPECT_EQ(pinned.points.front().scenario.workload.model.profile.size(), 5u);
}

TEST_F(OwnProfile, GivesItsCostsToASmallModel) {
  const auto costs = plan_with("  costs: {profile: models/mine.yaml}\n").points.front().scenario.workload.costs;
  ASSERT_TRUE(costs.has_value());
  EXPECT_EQ(costs->parameters, 46u);
  EXPECT_EQ(costs->flops_per_sample, 10 + 7 + 2 * 3 * (3 * 8 + 8 + 2 * 8 * 8));
}

}  // namespace
}  // namespace tandem
