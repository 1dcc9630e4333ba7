// Invariant 2: messages and bytes are the closed forms, in every world.
#include <gtest/gtest.h>

#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

struct StepTraffic {
  std::uint64_t messages, bytes;
};

void expect_traffic(const std::string& strategy, int workers, const StepTraffic& of_step) {
  for (const std::string& world : worlds_for(workers)) {
    const Scenario scenario = small_mlp(strategy, workers, world);
    const RunResult result = run(scenario);
    EXPECT_EQ(result.messages_sent, of_step.messages * result.steps) << world << ", " << workers << " workers";
    EXPECT_EQ(result.bytes_sent, of_step.bytes * result.steps) << world << ", " << workers << " workers";
    EXPECT_EQ(result.steps, scenario.workload.stop.steps);
  }
}

// 7-13-11-9-7-13-5-11-9-1: weights and biases.
constexpr std::uint64_t kMlpParameters = 7 * 13 + 13 + 13 * 11 + 11 + 11 * 9 + 9 + 9 * 7 + 7 + 7 * 13 + 13 + 13 * 5 +
                                         5 + 5 * 11 + 11 + 11 * 9 + 9 + 9 * 1 + 1;

class TrafficLaw : public testing::TestWithParam<int> {};

TEST_P(TrafficLaw, Ring) {
  const auto n = static_cast<std::uint64_t>(GetParam());
  expect_traffic("{name: allreduce}", GetParam(), {n * 2 * (n - 1), 2 * (n - 1) * kMlpParameters * 4});
}

TEST_P(TrafficLaw, RingInBuckets) {
  const auto n = static_cast<std::uint64_t>(GetParam());
  // 9 layers, none of which fits with its neighbour into four bytes: a bucket a layer.
  expect_traffic("{name: allreduce, bucket: 4B}", GetParam(), {9 * n * 2 * (n - 1), 2 * (n - 1) * kMlpParameters * 4});
}

TEST_P(TrafficLaw, Naive) {
  const auto n = static_cast<std::uint64_t>(GetParam());
  expect_traffic("{name: allreduce, collective: naive}", GetParam(), {2 * (n - 1), 2 * (n - 1) * kMlpParameters * 4});
}

TEST_P(TrafficLaw, ParameterServer) {
  const auto n = static_cast<std::uint64_t>(GetParam());
  for (const char* name : {"ps-sync", "ps-async"}) {
    expect_traffic("{name: " + std::string(name) + ", servers: 3}", GetParam(),
                   {2 * n * 3, 2 * n * kMlpParameters * 4});
  }
}

TEST_P(TrafficLaw, ParameterServerInBuckets) {
  // Each of the nine layers is a bucket; one server shares values with all of them.
  const auto n = static_cast<std::uint64_t>(GetParam());
  expect_traffic("{name: ps-sync, bucket: 4B}", GetParam(), {2 * n * 9, 2 * n * kMlpParameters * 4});
}

TEST_P(TrafficLaw, LocalSgdAveragesOnceAPeriodAndAtTheEnd) {
  const auto n = static_cast<std::uint64_t>(GetParam());
  for (const auto& [period, averages] : {std::pair{1, 6}, {2, 3}, {4, 2}, {5, 2}, {7, 1}}) {
    for (const std::string& world : worlds_for(GetParam())) {
      const RunResult result =
          run(small_mlp("{name: local-sgd, period: " + std::to_string(period) + "}", GetParam(), world));
      EXPECT_EQ(result.messages_sent, averages * n * 2 * (n - 1)) << world << ", period " << period;
      EXPECT_EQ(result.bytes_sent, averages * 2 * (n - 1) * kMlpParameters * 4) << world << ", period " << period;
    }
  }
}

TEST_P(TrafficLaw, Pipeline) {
  // What crosses a boundary depends on where the cost cuts the nine layers; how often it is crossed does not.
  const auto n = static_cast<std::uint64_t>(GetParam());
  constexpr std::uint64_t kMicrobatches = 5, kBatch = 26;
  for (const std::string& world : worlds_for(GetParam())) {
    const Scenario scenario = small_mlp("{name: pipeline, microbatches: 5}", GetParam(), world);
    const RunResult result = run(scenario);
    EXPECT_EQ(result.messages_sent, 2 * (n - 1) * kMicrobatches * result.steps) << world;
    EXPECT_EQ(result.bytes_sent % (2 * kBatch * 4 * result.steps), 0U) << world;
  }
}

TEST_P(TrafficLaw, TensorSumsActivationsOncePerPairEachWay) {
  // Four pairs of layers and a last one alone: the outputs of each pair, and the input of each but the first.
  const auto n = static_cast<std::uint64_t>(GetParam());
  constexpr std::uint64_t kWidths = (11 + 7 + 5 + 9) + (11 + 7 + 5);
  expect_traffic("{name: tensor}", GetParam(), {7 * n * 2 * (n - 1), 2 * (n - 1) * kWidths * 26 * 4});
}

TEST_P(TrafficLaw, SequenceSendsHalvesOfTheSumsAndGathersOnceMore) {
  // Behind each of four pairs both halves of a sum, backward behind each but the last, where what was given is gathered
  // once more.
  const auto n = static_cast<std::uint64_t>(GetParam());
  constexpr std::uint64_t kInner = 11 + 7 + 5, kWidths = 2 * (kInner + 9) + 2 * kInner + kInner;
  expect_traffic("{name: sequence}", GetParam(), {(8 + 6 + 3) * n * (n - 1), (n - 1) * kWidths * 26 * 4});
}

TEST(TrafficLaw, InterleavedPipelineOfOneLayerAChunk) {
  constexpr std::uint64_t kWidths = 13 + 11 + 9 + 7 + 13 + 5 + 11 + 9;
  expect_traffic("{name: pipeline, schedule: interleaved, chunks: 3, microbatches: 6}", 3,
                 {2 * 8 * 6, 2 * kWidths * 26 * 4});
}

TEST(TrafficLaw, PipeDreamOfOneLayerAStage) {
  constexpr std::uint64_t kWidths = 13 + 11 + 9 + 7 + 13 + 5 + 11 + 9;
  expect_traffic("{name: pipedream}", 9, {2 * 8, 2 * kWidths * 26 * 4});
  expect_traffic("{name: pipedream, weights: double-buffered, microbatches: 9}", 9, {2 * 8 * 9, 2 * kWidths * 26 * 4});
}

TEST(TrafficLaw, PipelineOfOneLayerAStage) {
  // Eight boundaries, of the widths of the hidden layers.
  constexpr std::uint64_t kWidths = 13 + 11 + 9 + 7 + 13 + 5 + 11 + 9;
  expect_traffic("{name: pipeline, microbatches: 5}", 9, {2 * 8 * 5, 2 * kWidths * 26 * 4});
}

INSTANTIATE_TEST_SUITE_P(Ranks, TrafficLaw, testing::Values(1, 2, 3, 4, 8));

}  // namespace
}  // namespace tandem::laws
