// 1-bit Adam: Adam by all-reduce while it warms up, then coded first moments; bytes and bits in every world.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"
#include "tests/laws/largest_distance.h"

namespace tandem::laws {
namespace {

Scenario adam(const std::string& strategy, int workers, const std::string& world = "threads") {
  Scenario scenario = small_mlp(strategy, workers, world);
  scenario.workload.optimizer = {.kind = OptimizerKind::adam, .lr = 0.01};
  return scenario;
}

std::string one_bit(const std::string& codec, const std::string& more = "") {
  return fmt::format("{{name: one-bit-adam, codec: {{{}}}{}}}", codec, more);
}

// small_mlp has 794 parameters. In each of four coded steps every worker sends a message to each of three owners,
// itself included, and the owners' messages go around a ring. All are as long as the third part's: 265 values, of the
// biases of a layer that is cut and the weights and biases of four.
TEST(OneBitAdam, SendsFullGradientsWhileItWarmsUpAndThenCodedPartsBothWays) {
  constexpr std::uint64_t kSign = 9 * 4 + 34, kHalf = 2 * 265, kRing = 2 * 2 * 794 * 4;
  for (const auto& [codec, bytes] : {std::pair{"sign", kSign}, {"fp16", kHalf}}) {
    std::string digest;
    for (const std::string& world : worlds_for(3)) {
      const RunResult result = run(adam(one_bit(fmt::format("name: {}, warm_up: 2", codec)), 3, world));
      EXPECT_EQ(result.messages_sent, 2 * 3 * 4 + 4 * 3 * (3 + 2)) << codec << ", " << world;
      EXPECT_EQ(result.bytes_sent, 2 * kRing + 4 * 3 * (3 + 2) * bytes) << codec << ", " << world;
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << codec << ", " << world;
    }
  }
}

TEST(OneBitAdam, HasTheBitsOfAdamWhileItWarmsUp) {
  for (const char* more : {"", ", bucket: 512B, overlap: true", ", collective: direct"}) {
    const RunResult plain = run(adam(fmt::format("{{name: allreduce{}}}", more), 3)),
                    warm = run(adam(one_bit("name: sign, warm_up: 6", more), 3));
    EXPECT_EQ(warm.parameters_sha256, plain.parameters_sha256) << more;
    EXPECT_EQ(warm.bytes_sent, plain.bytes_sent) << more;
  }
}

// A codec that leaves nothing out: the frozen second moment alone is then what differs from Adam, and the number of
// workers makes no difference.
TEST(OneBitAdam, WithAllValuesIsAdamWithAFrozenSecondMoment) {
  for (const char* more : {"", ", bucket: 512B, overlap: true"}) {
    const std::string text = one_bit("name: top-k, ratio: 1, warm_up: 3", more);
    const RunResult one = run(adam(text, 1)), five = run(adam(text, 5));
    EXPECT_LT(largest_distance(one.parameters, five.parameters), 1e-5) << more;
    EXPECT_GT(largest_distance(one.parameters, run(adam("single", 1)).parameters), 1e-4)
        << "three steps of 0.01 have the second moment of an earlier one";
  }
}

TEST(OneBitAdam, TrainsWithAnyCodecToTheSameBitsInThreadsAndSimulated) {
  const double first = run(adam("single", 1)).step_rows.front().train_loss;
  for (const char* codec : {"name: sign", "name: sign, combine: vote", "name: qsgd, bits: 4", "name: top-k, ratio: 0.2",
                            "name: random-k, ratio: 0.2", "name: powersgd, rank: 1", "name: bf16"}) {
    std::string digest;
    for (const char* world : {"threads", "sim"}) {
      Scenario scenario = adam(one_bit(fmt::format("{}, warm_up: 8", codec), ", bucket: 512B"), 4, world);
      scenario.workload.stop.steps = 40;
      const RunResult result = run(scenario);
      EXPECT_LT(result.train_loss, 0.7 * first) << codec;
      if (digest.empty()) digest = result.parameters_sha256;
      EXPECT_EQ(result.parameters_sha256, digest) << codec;
    }
  }
}

// A bit instead of 32 after the warm-up, and a scale per part.
TEST(OneBitAdam, SendsAThirtySecondAfterItsWarmUp) {
  constexpr double kSteps = 20, kWarmUp = 3;
  const auto bytes = [&](const std::string& strategy) {
    Scenario scenario = phantom(strategy, 4, 3'200'000, 1, 1e6);
    scenario.workload.optimizer.kind = OptimizerKind::adam;
    scenario.workload.stop.steps = static_cast<std::size_t>(kSteps);
    const RunResult result = run(scenario);
    return static_cast<double>(result.bytes_sent);
  };
  // A part that an owner sends itself takes no network: a seventh of all messages here.
  const double coded = bytes(one_bit("name: sign, warm_up: 3")), plain = bytes("allreduce");
  const double share = kWarmUp / kSteps, on_network = (coded - share * plain) * 6 / 7 + share * plain;
  EXPECT_NEAR(on_network / plain, share + (1 - share) / 32, 1e-4);
}

TEST(OneBitAdam, RefusesWhatHasNoMeaning) {
  const auto reason = [](const std::string& strategy, OptimizerKind kind) {
    Scenario scenario = adam(strategy, 2);
    scenario.workload.optimizer.kind = kind;
    static const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = make_job(scenario.workload, scenario.strategy, 2, 7, &data);
    return strategy_of(job.strategy).refusal(job).value_or("");
  };
  const auto expect_because = [](const std::string& said, const std::string& because) {
    EXPECT_NE(said.find(because), std::string::npos) << said;
  };
  EXPECT_EQ(reason(one_bit("name: sign, warm_up: 1"), OptimizerKind::adamw), "");
  expect_because(reason(one_bit("name: sign, warm_up: 1"), OptimizerKind::sgd), "adam or adamw");
  expect_because(reason("one-bit-adam", OptimizerKind::adam), "name a codec");
  expect_because(reason(one_bit("name: sign"), OptimizerKind::adam), "at least 1");
  expect_because(reason(one_bit("name: sign, warm_up: 1", ", collective: naive"), OptimizerKind::adam), "all-gather");
}

}  // namespace
}  // namespace tandem::laws
