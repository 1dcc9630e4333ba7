// Pipelines whose stages are cut by tensors, with replicas: they take the step of one worker, to the same bits in every
// world, and send what can be counted by hand.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

struct Cuts {
  int replicas, stages, shards;
  int ranks() const { return replicas * stages * shards; }
};
std::ostream& operator<<(std::ostream& out, const Cuts& cuts) {
  return out << cuts.replicas << "x" << cuts.stages << "x" << cuts.shards;
}

Scenario scenario_of(const std::string& options, const Cuts& cuts, const std::string& world) {
  const std::string text =
      fmt::format("{{name: pipeline, replicas: {}, tensor: {}{}}}", cuts.replicas, cuts.shards, options);
  return small_mlp(text, cuts.ranks(), world);
}

class ThreeDimensions : public testing::TestWithParam<Cuts> {};

void expect_the_step_of_one_worker(const Cuts& cuts, const std::string& more) {
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  for (const std::string part :
       {"", ", microbatches: 3", ", microbatches: 4, schedule: 1f1b", ", microbatches: 6, schedule: interleaved"}) {
    const bool is_interleaved = part.find("interleaved") != std::string::npos;
    if (is_interleaved && (6 % cuts.stages != 0 || cuts.stages > 3)) continue;
    const std::string options = part + more;
    std::string digest;
    for (const std::string& world : worlds_for(cuts.ranks())) {
      const RunResult result = run(scenario_of(options, cuts, world));
      EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5) << options << ", " << world;
      EXPECT_NEAR(result.train_loss, oracle.train_loss, 1e-5) << options << ", " << world;
      EXPECT_EQ(result.samples, oracle.samples);
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << options << ", " << world;
      if (cuts.ranks() == 1 && options.empty()) {
        EXPECT_EQ(result.parameters_sha256, oracle.parameters_sha256) << world;
      }
    }
  }
}

TEST_P(ThreeDimensions, TakeTheStepOfOneWorker) { expect_the_step_of_one_worker(GetParam(), ""); }

// Parts of the model of one to nine layers begin and end with pairs, and with a layer without a partner. One stage does
// what the strategy `sequence` does.
TEST_P(ThreeDimensions, TakeItWithSequenceParallelismToo) {
  const Cuts& cuts = GetParam();
  if (cuts.shards == 1) return;
  expect_the_step_of_one_worker(cuts, ", sequence: true");
  if (cuts.stages > 1) return;
  const std::string sequence = fmt::format("{{name: sequence, collective: ring, replicas: {}}}", cuts.replicas);
  EXPECT_EQ(run(scenario_of(", microbatches: 1, sequence: true", cuts, "sim")).parameters_sha256,
            run(small_mlp(sequence, cuts.ranks(), "sim")).parameters_sha256);
}

INSTANTIATE_TEST_SUITE_P(Cuts, ThreeDimensions,
                         testing::Values(Cuts{1, 1, 1}, Cuts{1, 1, 3}, Cuts{1, 2, 2}, Cuts{1, 3, 2}, Cuts{2, 1, 2},
                                         Cuts{2, 2, 2}, Cuts{1, 2, 5}, Cuts{3, 2, 1}),
                         [](const auto& test) {
                           return fmt::format("{}x{}x{}", test.param.replicas, test.param.stages, test.param.shards);
                         });

// A layer a stage: none has a partner, so that each rank has all of it. Over each border goes a part from each rank,
// and is gathered.
TEST(ThreeDimensionsTraffic, OverBordersGoPartsThatAreGathered) {
  constexpr std::uint64_t kWidths = 13 + 11 + 9 + 7 + 13 + 5 + 11 + 9, kMicrobatches = 5, kBatch = 26;
  for (const std::uint64_t t : {1, 2, 3}) {
    for (const char* world : {"threads", "sim"}) {
      const RunResult result = run(scenario_of(", microbatches: 5", {1, 9, static_cast<int>(t)}, world));
      EXPECT_EQ(result.messages_sent, result.steps * 2 * 8 * kMicrobatches * (t + t * (t - 1))) << world;
      EXPECT_EQ(result.bytes_sent, result.steps * 2 * kWidths * kBatch * 4 * (1 + (t - 1))) << world;
    }
  }
}

// One stage sends what tensor parallelism sends, micro-batch by micro-batch.
TEST(ThreeDimensionsTraffic, InsideAStageAreTheSumsOfTensorParallelism) {
  for (const int t : {2, 3, 7}) {
    const RunResult tensor = run(small_mlp("tensor", t, "sim"));
    const RunResult result = run(scenario_of(", microbatches: 4", {1, 1, t}, "sim"));
    EXPECT_EQ(result.bytes_sent, tensor.bytes_sent);
    EXPECT_EQ(result.messages_sent, 4 * tensor.messages_sent);
    const RunResult replicas = run(scenario_of(", microbatches: 4", {2, 1, t}, "sim"));
    const RunResult tensor_replicas = run(small_mlp("{name: tensor, replicas: 2}", 2 * t, "sim"));
    EXPECT_EQ(replicas.bytes_sent, tensor_replicas.bytes_sent);
  }
}

// Twelve equal layers of a profile in p stages of v parts: a sum behind and before all but the ends, one more behind
// where all is recomputed, and borders. With sequence parallelism a sum is two halves, of which the gathering one takes
// in what comes over a border; and what a layer was given is gathered once more, but by the last.
TEST(ThreeDimensionsTraffic, OfProfilesIsThatOfTheirLayersAndBorders) {
  constexpr std::uint64_t kLayers = 12, kWidth = 35, kBatch = 24;
  for (const std::uint64_t t : {2, 3}) {
    for (const std::uint64_t p : {1, 2, 4}) {
      for (const Recomputation recompute : {Recomputation::none, Recomputation::full}) {
        for (const bool sequence : {false, true}) {
          const std::string text =
              fmt::format("{{name: pipeline, microbatches: 8, schedule: interleaved, chunks: 3, tensor: {}{}}}", t,
                          sequence ? ", sequence: true" : "");
          Scenario scenario = phantom(text, static_cast<int>(p * t), 1200, kLayers, 6e6);
          for (ProfileLayer& layer : scenario.workload.model.profile) {
            layer.activations_per_sample = kWidth;
            layer.kept = KeptBytes{};
          }
          scenario.workload.model.recompute = recompute;
          scenario.workload.batch = {.global = kBatch};
          const RunResult result = run(scenario);
          const std::uint64_t values = kBatch * kWidth * 4, again = recompute == Recomputation::full ? 1 : 0;
          const std::uint64_t borders = 3 * p - 1, half = (t - 1) * values;
          const std::uint64_t inside =
              sequence ? (kLayers - 1) * (4 + again) + (kLayers - 2) : (kLayers - 1) * 2 * (2 + again) + 2 * borders;
          EXPECT_EQ(result.bytes_sent, result.steps * (2 * borders * values + inside * half)) << p << " x " << t;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem::laws
