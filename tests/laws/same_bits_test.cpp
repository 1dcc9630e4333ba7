// Invariant 1: a synchronous strategy ends with the same parameter bits in every world.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

struct Case {
  std::string label;
  StrategySpec strategy;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.label; }

class SameBits : public testing::TestWithParam<std::tuple<Case, int>> {};

TEST_P(SameBits, InEveryWorld) {
  const auto& [c, workers] = GetParam();
  std::string first_world, first_digest;
  for (const std::string& world : runnable_worlds()) {
    Scenario scenario = small_mlp(c.strategy.name, workers, world);
    scenario.strategy = c.strategy;
    const RunResult result = run(scenario);
    ASSERT_EQ(result.parameters_sha256.size(), 64U) << world;
    if (first_digest.empty()) first_world = world, first_digest = result.parameters_sha256;
    EXPECT_EQ(result.parameters_sha256, first_digest) << world << " against " << first_world;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Strategies, SameBits,
    testing::Combine(testing::Values(Case{"ring", {.name = "allreduce"}},
                                     Case{"naive", {.name = "allreduce", .collective = "naive"}},
                                     Case{"ring_buckets", {.name = "allreduce", .bucket_bytes = 512}},
                                     Case{"ring_overlap", {.name = "allreduce", .bucket_bytes = 512, .overlap = true}},
                                     Case{"ps_one", {.name = "ps-sync"}},
                                     Case{"ps_three", {.name = "ps-sync", .servers = 3}},
                                     Case{"ps_colocated", {.name = "ps-sync", .placement = Placement::colocated}},
                                     Case{"pipeline", {.name = "pipeline", .microbatches = 3}}),
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

TEST(SameBits, AnotherSeedGivesOtherBits) {
  Scenario scenario = small_mlp("allreduce", 2, "threads");
  const RunResult one = run(scenario);
  scenario.seed = 8;
  EXPECT_NE(run(scenario).parameters_sha256, one.parameters_sha256);
}

}  // namespace
}  // namespace tandem::laws
