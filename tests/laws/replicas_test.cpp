// Data-parallel replicas of models that are cut among ranks: they take the step of one worker, to the same bits in
// every world, and send what the closed forms say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

struct Degrees {
  int replicas, ranks;
};
std::ostream& operator<<(std::ostream& out, const Degrees& degrees) {
  return out << degrees.replicas << "x" << degrees.ranks;
}

Scenario scenario_of(const std::string& name, const Degrees& degrees, const std::string& world) {
  const std::string text = fmt::format("{{name: {}, replicas: {}}}", name, degrees.replicas);
  return small_mlp(text, degrees.replicas * degrees.ranks, world);
}

class ReplicasOf : public testing::TestWithParam<Degrees> {};

TEST_P(ReplicasOf, ModelsThatAreCutTakeTheStepOfOneWorker) {
  const RunResult oracle = run(small_mlp("single", 1, "threads"));
  for (const char* name :
       {"tensor", "sequence", "pipeline, microbatches: 2", "pipeline, microbatches: 4, schedule: zb-h1"}) {
    std::string digest;
    for (const std::string& world : worlds_for(GetParam().replicas * GetParam().ranks)) {
      const RunResult result = run(scenario_of(name, GetParam(), world));
      EXPECT_LT(largest_distance(result.parameters, oracle.parameters), 1e-5) << name << ", " << world;
      EXPECT_NEAR(result.train_loss, oracle.train_loss, 1e-5) << name << ", " << world;
      EXPECT_EQ(result.samples, oracle.samples);
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << name << ", " << world;
    }
  }
}

// Seven sums of activations inside each replica; then ranks at the same place sum what they hold: their shares, the
// last layer's 10 parameters, and the biases of layers that are cut by their inputs.
TEST_P(ReplicasOf, TensorSendActivationsInsideAndGradientsAcross) {
  const auto d = static_cast<std::uint64_t>(GetParam().replicas), t = static_cast<std::uint64_t>(GetParam().ranks);
  constexpr std::uint64_t kWidths = (11 + 7 + 5 + 9) + (11 + 7 + 5), kParameters = 794, kOnAll = 10 + 11 + 7 + 5 + 9;
  const RunResult result = run(scenario_of("tensor", GetParam(), "sim"));
  EXPECT_EQ(result.messages_sent, result.steps * (7 * d * t * 2 * (t - 1) + t * d * 2 * (d - 1)));
  const std::uint64_t inside = 2 * (t - 1) * kWidths * 26, across = 2 * (d - 1) * (kParameters + (t - 1) * kOnAll);
  EXPECT_EQ(result.bytes_sent, result.steps * 4 * (inside + across));
}

TEST_P(ReplicasOf, PipelinesSendActivationsInsideAndGradientsAcross) {
  const auto d = static_cast<std::uint64_t>(GetParam().replicas), p = static_cast<std::uint64_t>(GetParam().ranks);
  constexpr std::uint64_t kMicrobatches = 3, kParameters = 794;
  const RunResult one = run(small_mlp("{name: pipeline, microbatches: 3}", GetParam().ranks, "sim"));
  const RunResult result = run(scenario_of("pipeline, microbatches: 3", GetParam(), "sim"));
  EXPECT_EQ(result.messages_sent, result.steps * (d * 2 * (p - 1) * kMicrobatches + p * d * 2 * (d - 1)));
  EXPECT_EQ(result.bytes_sent, one.bytes_sent + result.steps * 4 * 2 * (d - 1) * kParameters)
      << "the same samples cross the same borders";
}

INSTANTIATE_TEST_SUITE_P(Degrees, ReplicasOf,
                         testing::Values(Degrees{1, 1}, Degrees{2, 1}, Degrees{1, 3}, Degrees{3, 2}, Degrees{2, 3},
                                         Degrees{2, 4}, Degrees{5, 3}),
                         [](const auto& test) { return fmt::format("{}x{}", test.param.replicas, test.param.ranks); });

// Every run compares what its ranks sent with the closed form, which must know where the ranks of a sum are.
TEST(Replicas, SumInsideAndAcrossNodesByCollectivesThatKnowThem) {
  for (const char* collective : {"hierarchical", "auto"}) {
    for (const int replicas : {1, 2, 4, 8}) {
      for (const int ranks_per_node : {1, 2, 3, 4, 8}) {
        const std::string strategy =
            fmt::format("{{name: tensor, replicas: {}, collective: {}}}", replicas, collective);
        Scenario scenario = small_mlp(strategy, 8, "sim");
        scenario.cluster.ranks_per_node = ranks_per_node;
        const std::string what = fmt::format("{}, nodes of {}", strategy, ranks_per_node);
        const Job job =
            make_job(phantom(strategy, 8, 800, 8, 1).workload, scenario.strategy, 8, 1, nullptr, ranks_per_node);
        const std::string refusal = strategy_of(job.strategy).refusal(job).value_or("");
        if (ranks_per_node == 3 && (replicas == 2 || replicas == 4)) {
          EXPECT_NE(refusal.find("nodes of 3 do not fit"), std::string::npos) << what << ": " << refusal;
        } else {
          EXPECT_EQ(refusal, "") << what;
          EXPECT_EQ(failure_of(scenario), "") << what;
        }
      }
    }
  }
}

}  // namespace
}  // namespace tandem::laws
