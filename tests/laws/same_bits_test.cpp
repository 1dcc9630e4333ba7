// Invariant 1: a synchronous strategy ends with the same parameter bits in every world.
#include <gtest/gtest.h>

#include <tuple>

#include "algorithms/strategies/stage.h"
#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

struct Case {
  std::string label;
  std::string strategy;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.label; }

class SameBits : public testing::TestWithParam<std::tuple<Case, int>> {};

TEST_P(SameBits, InEveryWorld) {
  const auto& [c, workers] = GetParam();
  std::string first_world, first_digest;
  for (const std::string& world : worlds_for(workers)) {
    const Scenario scenario = small_mlp(c.strategy, workers, world);
    const RunResult result = run(scenario);
    ASSERT_EQ(result.parameters_sha256.size(), 64U) << world;
    if (first_digest.empty()) first_world = world, first_digest = result.parameters_sha256;
    EXPECT_EQ(result.parameters_sha256, first_digest) << world << " against " << first_world;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Strategies, SameBits,
    testing::Combine(testing::Values(Case{"ring", "{name: allreduce}"},
                                     Case{"naive", "{name: allreduce, collective: naive}"},
                                     Case{"ring_buckets", "{name: allreduce, bucket: 512B}"},
                                     Case{"ring_overlap", "{name: allreduce, bucket: 512B, overlap: true}"},
                                     Case{"zero_tensors", "{name: zero-tensors, bucket: 512B, overlap: true}"},
                                     Case{"local_sgd", "{name: local-sgd, period: 4}"},
                                     Case{"ps_buckets", "{name: ps-sync, servers: 2, bucket: 512B}"},
                                     Case{"ps_overlap", "{name: ps-sync, servers: 2, overlap: true}"},
                                     Case{"one_f_one_b", "{name: pipeline, microbatches: 3, schedule: 1f1b}"},
                                     Case{"pipedream", "{name: pipedream}"}, Case{"tensor", "{name: tensor}"},
                                     Case{"sequence", "{name: sequence}"},
                                     Case{"zb_h2", "{name: pipeline, microbatches: 3, schedule: zb-h2}"},
                                     Case{"ps_one", "{name: ps-sync}"}, Case{"ps_three", "{name: ps-sync, servers: 3}"},
                                     Case{"ps_colocated", "{name: ps-sync, placement: colocated}"},
                                     Case{"pipeline", "{name: pipeline, microbatches: 3}"},
                                     Case{"pipeline_recompute", "{name: pipeline, microbatches: 3, recompute: all}"}),
                     testing::Values(1, 2, 3, 4, 8)),
    [](const auto& test) { return std::get<0>(test.param).label + "_" + std::to_string(std::get<1>(test.param)); });

TEST(SameBits, SingleInEveryWorld) {
  std::string digest;
  for (const std::string& world : runnable_worlds()) {
    const RunResult result = run(small_mlp("single", 1, world));
    if (digest.empty()) digest = result.parameters_sha256;
    EXPECT_EQ(result.parameters_sha256, digest) << world;
  }
}

TEST(SameBits, RecomputedActivationsAreTheSame) {
  for (const char* world : {"threads", "sim"}) {
    for (const int stages : {1, 2, 3}) {
      for (const int microbatches : {1, 2, 5}) {
        Scenario scenario = small_mlp("pipeline", stages, world);
        scenario.strategy.edit<PipelineOptions>().microbatches = microbatches;
        const std::string kept = run(scenario).parameters_sha256;
        for (const Recompute recompute : {Recompute::all, Recompute::except_last}) {
          scenario.strategy.edit<PipelineOptions>().recompute = recompute;
          EXPECT_EQ(run(scenario).parameters_sha256, kept) << world << ", " << stages << ", " << microbatches;
        }
      }
    }
  }
}

TEST(SameBits, RecomputationKeepsNoInnerActivations) {
  Scenario scenario = small_mlp("pipeline", 1, "threads");
  WorkloadSpec& workload = scenario.workload;
  workload.model.hidden = std::vector<std::size_t>(12, 128);
  workload.data.rows = 5000;
  workload.batch = {.global = 4096};
  workload.stop = {.steps = 1};
  scenario.strategy.edit<PipelineOptions>().microbatches = 8;
  const auto peak_bytes = [&](Recompute recompute) {
    scenario.strategy.edit<PipelineOptions>().recompute = recompute;
    return static_cast<double>(run(scenario).peak_rss_bytes);
  };
  // Values and gradients of twelve layers' outputs: of 4096 rows 50 MB, of one micro-batch an eighth.
  const double layers_bytes = 2 * 12 * 128 * sizeof(float) * 4096;
  EXPECT_GT(peak_bytes(Recompute::none) - peak_bytes(Recompute::all), 0.7 * layers_bytes);
  EXPECT_GT(peak_bytes(Recompute::none) - peak_bytes(Recompute::except_last), 0.6 * layers_bytes);
}

TEST(SameBits, SequenceKeepsAPartOfTheActivationsBetweenPairs) {
  Scenario scenario = small_mlp("tensor", 4, "threads");
  WorkloadSpec& workload = scenario.workload;
  workload.model.hidden = std::vector<std::size_t>(16, 128);
  workload.data.rows = 5000;
  workload.batch = {.global = 4096};
  workload.stop = {.steps = 1};
  const RunResult tensor = run(scenario);
  scenario.strategy = parse_strategy("sequence");
  const RunResult sequence = run(scenario);
  // On each of four ranks, 4096 x 128 values behind each of eight pairs, and their gradients: a quarter of the
  // values is kept, and there is room for those behind one.
  const double pair_bytes = 4.0 * 4096 * 128 * sizeof(float), whole = 2 * 8 * pair_bytes;
  const double kept = 8 * pair_bytes / 4 + 2 * pair_bytes;
  const auto saved = static_cast<double>(tensor.peak_rss_bytes) - static_cast<double>(sequence.peak_rss_bytes);
  EXPECT_GT(saved, 0.7 * (whole - kept));
  EXPECT_NEAR(sequence.train_loss, tensor.train_loss, 1e-5 * tensor.train_loss);
}

TEST(SameBits, AnotherSeedGivesOtherBits) {
  Scenario scenario = small_mlp("allreduce", 2, "threads");
  const RunResult one = run(scenario);
  scenario.seed = 8;
  EXPECT_NE(run(scenario).parameters_sha256, one.parameters_sha256);
}

}  // namespace
}  // namespace tandem::laws
