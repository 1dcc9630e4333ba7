// Which jobs the model-parallel strategies refuse, with their reasons, and who holds which part of the model.
#include <gtest/gtest.h>

#include "algorithms/strategies/chunks.h"
#include "algorithms/strategies/strategy.h"
#include "tests/algorithms/small_data.h"

namespace tandem {
namespace {

/// A profile of `layers` equal layers.
Job job_of(const std::string& strategy, int workers, std::size_t layers) {
  WorkloadSpec workload;
  workload.model.kind = ModelKind::profile;
  for (std::size_t i = 0; i < layers; ++i)
    workload.model.profile.push_back({.name = "layer", .parameters = 10, .forward_flops_per_sample = 1});
  workload.batch = {.global = 24};
  workload.stop = {.steps = 2};
  return make_job(workload, parse_strategy(strategy), workers, 1, nullptr);
}

struct RefusalCase {
  const char* strategy;
  int workers;
  std::size_t layers;
  const char* reason;
};

void PrintTo(const RefusalCase& refused, std::ostream* out) {
  *out << refused.strategy << " x" << refused.workers << " on " << refused.layers << " layers";
}

class Refusal : public testing::TestWithParam<RefusalCase> {};

TEST_P(Refusal, SaysWhy) {
  const auto& [strategy, workers, layers, reason] = GetParam();
  const Job job = job_of(strategy, workers, layers);
  EXPECT_EQ(strategy_of(job.strategy).refusal(job).value_or("nothing"), reason) << strategy;
}

INSTANTIATE_TEST_SUITE_P(
    ModelParallel, Refusal,
    testing::Values(
        RefusalCase{"{name: pipeline, microbatches: 4}", 4, 4, "nothing"},
        RefusalCase{"{name: pipeline, microbatches: 4}", 5, 4, "5 stages need as many layers, the model has 4"},
        RefusalCase{"{name: pipeline, microbatches: 4, schedule: zb-v}", 4, 8, "nothing"},
        RefusalCase{"{name: pipeline, microbatches: 4, schedule: zb-v}", 4, 7,
                    "4 stages with 2 parts of the model each need 8 layers, the model has 7"},
        RefusalCase{"{name: pipeline, microbatches: 4, schedule: zb-v, chunks: 3}", 4, 24,
                    "a stage of zb-v holds 2 of the model's parts, not 3"},
        RefusalCase{"{name: pipeline, microbatches: 4, schedule: 1f1b, chunks: 2}", 2, 24,
                    "a stage of 1f1b holds 1 of the model's parts, not 2"},
        RefusalCase{"{name: pipeline, microbatches: 6, schedule: interleaved}", 4, 8,
                    "interleaved takes micro-batches in groups of as many as there are stages, and 6 are no multiple "
                    "of 4"},
        RefusalCase{"{name: pipeline, microbatches: 8, schedule: interleaved, chunks: 3}", 4, 12, "nothing"},
        RefusalCase{"{name: pipeline, microbatches: 4, schedule: zb-h1, recompute: all}", 2, 2,
                    "zb-h1 keeps activations until the weights' gradient is computed, so it cannot recompute them"},
        RefusalCase{"{name: pipedream, microbatches: 2}", 2, 2,
                    "pipedream with stashed weights updates after every micro-batch: give microbatches with "
                    "double-buffered ones"},
        RefusalCase{
            "{name: pipedream, weights: double-buffered, microbatches: 3}", 4, 4,
            "two versions of the weights need at least as many micro-batches as stages, and 3 are fewer than 4"},
        RefusalCase{"{name: pipedream}", 5, 4, "5 stages need as many layers, the model has 4"}));

TEST(Refusal, TensorNeedsAnOutputForEveryRank) {
  const Dataset data = small_data(24, 5, 3);
  const auto reason = [&](int workers) {
    const WorkloadSpec workload = small_workload(ModelKind::mlp, {7, 3}, Activation::tanh, Loss::cross_entropy, 24);
    const Job job = make_job(workload, parse_strategy("{name: tensor}"), workers, 1, &data);
    return strategy_of(job.strategy).refusal(job).value_or("nothing");
  };
  EXPECT_EQ(reason(7), "nothing");
  EXPECT_EQ(reason(8), "layer hidden1 has 7 outputs, too few to be dealt out to 8 ranks");
}

TEST(Chunks, OfAVGoDownAndUpAgain) {
  const Job job = job_of("{name: pipeline, microbatches: 4, schedule: zb-v}", 3, 6);
  const std::vector<Chunk> first = chunks_of(job, 3, 0), last = chunks_of(job, 3, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].layers.begin, 0U);
  EXPECT_EQ(first[0].before, -1);
  EXPECT_EQ(first[0].after, 1);
  EXPECT_EQ(first[1].layers.begin, 5U);
  EXPECT_EQ(first[1].before, 1);
  EXPECT_EQ(first[1].number_before, 1);
  EXPECT_EQ(first[1].after, -1) << "it sees the loss";
  EXPECT_EQ(last[0].after, 2) << "its own second chunk";
  EXPECT_EQ(last[1].before, 2);
  EXPECT_EQ(last[1].number_before, 0);
}

// The same layers whether the job brings its cut, brings none, or brings one that its model has outgrown.
TEST(Chunks, AreThoseOfTheModelWhateverCutTheJobBrings) {
  const auto layers_of = [](const Job& job) {
    std::vector<std::size_t> begins;
    for (int stage = 0; stage < 3; ++stage) begins.push_back(chunks_of(job, 3, stage).front().layers.begin);
    return begins;
  };
  Job job = job_of("{name: pipeline}", 3, 6);
  const std::vector<std::size_t> even = layers_of(job);
  cut_layers(job);
  ASSERT_EQ(job.cut.parts.size(), 3U);
  EXPECT_EQ(layers_of(job), even);
  const Job brings_its_cut = [&] {
    Job other = job;
    other.cut.parts[1].begin += 1;
    return other;
  }();
  EXPECT_NE(layers_of(brings_its_cut), even) << "the cut that it brings is not used";
  job.model.layers[0].forward_flops_per_sample *= 100;
  EXPECT_EQ(layers_of(job), (std::vector<std::size_t>{0, 1, 2})) << "ties go to the earlier cut";
}

TEST(Chunks, OfRoundsLieAsManyPartsApartAsThereAreStages) {
  const Job job = job_of("{name: pipeline, microbatches: 3, schedule: interleaved, chunks: 2}", 3, 6);
  const std::vector<Chunk> first = chunks_of(job, 3, 0);
  EXPECT_EQ(first[1].layers.begin, 3U);
  EXPECT_EQ(first[1].before, 2);
  EXPECT_EQ(first[1].number_before, 0);
  EXPECT_EQ(first[1].after, 1);
}

}  // namespace
}  // namespace tandem
