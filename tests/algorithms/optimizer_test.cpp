#include "algorithms/model/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "tests/algorithms/local_endpoint.h"

namespace tandem {
namespace {

class OptimizerTest : public testing::Test {
 protected:
  LocalEndpoint endpoint;
  Comm comm{endpoint, {}};

  /// The single parameter after updates with these gradients.
  std::vector<float> path(const OptimizerSpec& spec, float parameter, const std::vector<float>& gradients) {
    Optimizer optimizer(comm, spec, 1, gradients.size());
    std::vector<float> path;
    for (std::size_t step = 0; step < gradients.size(); ++step) {
      float gradient = gradients[step];
      optimizer.update(comm, {&parameter, 1}, {&gradient, 1}, step);
      path.push_back(parameter);
    }
    return path;
  }
};

TEST_F(OptimizerTest, SgdStepsAgainstTheGradient) {
  const auto after = path({.lr = 0.5}, 1, {2, -4});
  EXPECT_EQ(after, (std::vector<float>{0, 2}));
}

TEST_F(OptimizerTest, WeightDecayAddsToTheGradient) {
  EXPECT_EQ(path({.lr = 0.5, .weight_decay = 0.25}, 8, {2}), (std::vector<float>{6}));
  EXPECT_EQ(path({.lr = 0.5, .momentum = 0.5, .weight_decay = 0.25}, 8, {2}), (std::vector<float>{6}));
}

TEST_F(OptimizerTest, MomentumKeepsAVelocity) {
  // v = 2, then 0.5 * 2 + 1 = 2, then 0.5 * 2 + 0 = 1.
  EXPECT_EQ(path({.lr = 0.25, .momentum = 0.5}, 1, {2, 1, 0}), (std::vector<float>{0.5, 0, -0.25}));
}

TEST_F(OptimizerTest, AdamByHand) {
  // lr 0.1, beta1 0.5, beta2 0.75, gradients 2 and -1.
  // t = 1: m = 1, v = 1; corrected 2 and 4; step 0.1 * 2 / (2 + 0.5) = 0.08.
  // t = 2: m = 0, v = 0.75 + 0.25 = 1; corrected m 0: no step, and with gradient -1 instead of m = 0 there would be
  // one. t = 3, gradient 3: m = 1.5, v = 0.75 + 2.25 = 3; corrected 1.5 / 0.875, 3 / 0.578125.
  const auto after =
      path({.kind = OptimizerKind::adam, .lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.5}, 1, {2, -1, 3});
  const double third = 0.92 - 0.1 * (1.5 / 0.875) / (std::sqrt(3 / 0.578125) + 0.5);
  constexpr double kFloatRounding = 1.2e-7;
  EXPECT_NEAR(after[0], 0.92, kFloatRounding);
  EXPECT_NEAR(after[1], 0.92, kFloatRounding);
  EXPECT_NEAR(after[2], third, 2 * kFloatRounding);
}

TEST_F(OptimizerTest, AdamWDecaysTheParametersBesideTheStep) {
  // The steps of Adam without decay (see above), after 1 - 0.1 * 0.1 of the parameter.
  const auto after =
      path({.kind = OptimizerKind::adamw, .lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.5, .weight_decay = 0.1},
           1, {2, -1});
  constexpr double kFloatRounding = 1.2e-7;
  EXPECT_NEAR(after[0], 0.99 - 0.08, kFloatRounding);
  EXPECT_NEAR(after[1], 0.99 * (0.99 - 0.08), 2 * kFloatRounding);
  const OptimizerSpec adam{.kind = OptimizerKind::adam}, adamw{.kind = OptimizerKind::adamw};
  EXPECT_EQ(path(adam, 1, {2, -1, 3}), path(adamw, 1, {2, -1, 3})) << "without decay they are one";
}

// As in AdamByHand, m = 0 and v = 1 after two updates, whose corrected v is 1 / 0.4375. Two workers have gradients of 3
// and -1: one has 0.5 x 3 of the next m and the other -0.5, together 1, corrected 1 / 0.875.
TEST_F(OptimizerTest, AFrozenSecondMomentStaysAndFirstMomentsAddUp) {
  Optimizer optimizer(comm, {.kind = OptimizerKind::adam, .lr = 0.1, .beta1 = 0.5, .beta2 = 0.75, .epsilon = 0.5}, 1,
                      4);
  State state;
  optimizer.describe(state, 0, Copy::owned);
  const auto kept = [&](const std::string& name) {
    for (const Piece& piece : state.pieces()) {
      if (piece.name == name) return *piece.values.f32();
    }
    return -1.0F;
  };
  float parameter = 1, gradient = 2;
  for (std::size_t step = 0; step < 2; ++step, gradient = -1)
    optimizer.update(comm, {&parameter, 1}, {&gradient, 1}, step);
  const float before = parameter, second = kept("second moments");
  EXPECT_EQ(second, 1);
  float one = 3, other = -1;
  optimizer.to_first_moment(comm, {&parameter, 1}, {&one, 1}, 2);
  optimizer.to_first_moment(comm, {&parameter, 1}, {&other, 1}, 2);
  EXPECT_EQ(one, 1.5F);
  EXPECT_EQ(other, -0.5F);
  float moment = one + other;
  optimizer.update_by_first_moment(comm, {&parameter, 1}, {&moment, 1}, 2, /*frozen_after=*/2);
  constexpr double kFloatRounding = 1.2e-7;
  EXPECT_NEAR(parameter, before - 0.1 * (1 / 0.875) / (std::sqrt(1 / 0.4375) + 0.5), 2 * kFloatRounding);
  EXPECT_EQ(kept("first moments"), 1);
  EXPECT_EQ(kept("second moments"), second) << "it does not change any more";
  optimizer.to_first_moment(comm, {&parameter, 1}, {&one, 1}, 1);
  EXPECT_EQ(one, 0.5F * 1 + 0.5F * 1.5F) << "the next begins with this one";
}

TEST_F(OptimizerTest, ShardsGiveTheBitsOfTheWhole) {
  constexpr std::size_t kCount = 1009, kSteps = 3;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  for (const OptimizerSpec& spec :
       {OptimizerSpec{.lr = 0.1, .weight_decay = 0.01}, OptimizerSpec{.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01},
        OptimizerSpec{.kind = OptimizerKind::adam, .lr = 0.1, .weight_decay = 0.01},
        OptimizerSpec{.kind = OptimizerKind::adamw, .lr = 0.1, .weight_decay = 0.01}}) {
    Buffer whole(kCount, Payload::numeric), sharded(kCount, Payload::numeric), gradients(kCount, Payload::numeric);
    for (std::size_t i = 0; i < kCount; ++i) whole.slice().f32()[i] = sharded.slice().f32()[i] = normal(random);
    Optimizer one(comm, spec, kCount, kSteps);
    std::vector<std::pair<Range, Optimizer>> shards;
    std::size_t begin = 0;
    for (const std::size_t size : {1U, 3U, 7U, 17U, 101U, 0U, 880U}) {
      shards.emplace_back(Range{begin, begin + size}, Optimizer(comm, spec, size, kSteps));
      begin += size;
    }
    ASSERT_EQ(begin, kCount);
    for (std::size_t step = 0; step < kSteps; ++step) {
      for (std::size_t i = 0; i < kCount; ++i) gradients.slice().f32()[i] = normal(random);
      one.update(comm, whole, gradients, step);
      for (auto& [range, optimizer] : shards) {
        optimizer.update(comm, part_of(sharded, range), part_of(gradients, range), step);
      }
    }
    EXPECT_EQ(std::memcmp(whole.slice().f32(), sharded.slice().f32(), kCount * sizeof(float)), 0);
  }
}

TEST_F(OptimizerTest, ChargesTheBytesItMovesAndNoFlops) {
  const auto bytes_of = [&](const OptimizerSpec& spec) {
    endpoint.memory_bytes = 0;
    Buffer parameters(5, Payload::numeric), gradients(5, Payload::numeric);
    Optimizer(comm, spec, 5, 1).update(comm, parameters, gradients, 0);
    return endpoint.memory_bytes;
  };
  EXPECT_EQ(bytes_of({}), 5 * 12);
  EXPECT_EQ(bytes_of({.momentum = 0.9}), 5 * 20);
  EXPECT_EQ(bytes_of({.kind = OptimizerKind::adam}), 5 * 28);
  EXPECT_EQ(bytes_of({.kind = OptimizerKind::adam, .moved_bytes = 58}), 5 * 58);
  EXPECT_EQ(endpoint.flops, 0);
}

TEST_F(OptimizerTest, PhantomParametersAreChargedAlike) {
  LocalEndpoint phantom_endpoint(Payload::phantom);
  Comm phantom(phantom_endpoint, {.payload = Payload::phantom});
  const Buffer parameters = phantom.make_buffer(5), gradients = phantom.make_buffer(5);
  Optimizer(phantom, {.kind = OptimizerKind::adam}, 5, 1).update(phantom, parameters, gradients, 0);
  EXPECT_EQ(phantom_endpoint.memory_bytes, 5 * 28);
}

TEST(LearningRate, ConstantAfterALinearWarmUp) {
  const OptimizerSpec spec{.lr = 0.8, .schedule = {.warmup_steps = 4}};
  const std::vector<double> expected = {0.2, 0.4, 0.6, 0.8, 0.8, 0.8};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_DOUBLE_EQ(learning_rate(spec, step, 6), expected[step]);
  }
}

TEST(LearningRate, StepsDownEverySoOften) {
  const OptimizerSpec spec{.lr = 8, .schedule = {.kind = ScheduleKind::step, .every = 3, .factor = 0.5}};
  const std::vector<double> expected = {8, 8, 8, 4, 4, 4, 2};
  for (std::size_t step = 0; step < expected.size(); ++step) {
    EXPECT_DOUBLE_EQ(learning_rate(spec, step, 7), expected[step]);
  }
  OptimizerSpec warm = spec;
  warm.schedule.warmup_steps = 2;
  EXPECT_DOUBLE_EQ(learning_rate(warm, 4, 7), 8);
  EXPECT_DOUBLE_EQ(learning_rate(warm, 5, 7), 4);
}

TEST(LearningRate, CosineFallsFromTheFullRateToItsFloor) {
  const OptimizerSpec spec{.lr = 2, .schedule = {.kind = ScheduleKind::cosine, .warmup_steps = 2, .floor = 0.1}};
  EXPECT_DOUBLE_EQ(learning_rate(spec, 2, 10), 2);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 4, 10), 0.2 + 1.8 * (1 + std::sqrt(0.5)) / 2);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 6, 10), 0.2 + 1.8 / 2);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 10, 10), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(spec, 99, 10), 0.2);
}

}  // namespace
}  // namespace tandem
