#include <gtest/gtest.h>

#include "algorithms/training.h"
#include "tests/algorithms/local_endpoint.h"

namespace tandem {
namespace {

class TrainingLoop : public testing::Test {
 protected:
  const std::function<bool(std::size_t, const StepEnd&)> never = [](std::size_t, const StepEnd&) { return false; };

  const std::function<StepEnd(std::size_t)> nothing = [](std::size_t) { return StepEnd{}; };

  LocalEndpoint endpoint;
  Comm comm{endpoint, {}};
  std::vector<float> values = {1, 2, 3};
  Slice parameters{values.data(), values.size()};
};

TEST_F(TrainingLoop, RecordsEveryStepCountedFromTheStart) {
  endpoint.computations = 5;
  Training training(0);
  training.start(comm.now());
  const auto body = [&](std::size_t step) {
    endpoint.computations += 3;
    return StepEnd{.loss = 0.5 + static_cast<double>(step), .samples = 64};
  };
  training.each_step(comm, 3, body, never);
  ASSERT_EQ(training.steps().size(), 3U);
  EXPECT_EQ(training.steps()[2].step, 2U);
  EXPECT_EQ(training.steps()[2].time_s, 9);
  EXPECT_EQ(training.steps()[2].loss, 2.5);
  EXPECT_EQ(training.steps()[2].samples, 64U);
  training.update(comm, 4, 1, 3);
  ASSERT_EQ(training.updates().size(), 1U);
  EXPECT_EQ(training.updates()[0].step, 4U);
  EXPECT_EQ(training.updates()[0].time_s, 9);
  EXPECT_EQ(training.updates()[0].worker, 1);
  EXPECT_EQ(training.updates()[0].staleness, 3);
}

TEST_F(TrainingLoop, EndsWhenItIsToldTo) {
  Training training(0);
  const auto after_five = [](std::size_t step, const StepEnd&) { return step == 4; };
  training.each_step(comm, 10, nothing, after_five);
  EXPECT_EQ(training.steps().size(), 5U);
}

TEST_F(TrainingLoop, DrawsTheNoiseOfEveryStep) {
  Comm noisy(endpoint, {.noise = Noise{.kind = NoiseKind::constant, .mean_s = 0.25}});
  Training training(0);
  training.each_step(noisy, 7, nothing, never);
  EXPECT_EQ(endpoint.computations, 7) << "a delay is a computation, and nothing else computed";
}

TEST_F(TrainingLoop, SnapshotsAreCopiesTakenWhenDue) {
  Training training(3);
  training.state().add_parameters(10, parameters, Copy::owned);
  const auto body = [&](std::size_t step) {
    values[0] = static_cast<float>(step + 1);
    return StepEnd{};
  };
  training.each_step(comm, 7, body, never);
  ASSERT_EQ(training.snapshots().size(), 2U);
  EXPECT_EQ(training.snapshots()[0].step, 3U);
  EXPECT_EQ(training.snapshots()[1].step, 6U);
  EXPECT_EQ(training.snapshots()[0].offset, 10U);
  EXPECT_EQ(training.snapshots()[0].values, (std::vector<float>{3, 2, 3}));
}

TEST_F(TrainingLoop, ZeroMeansNoSnapshots) {
  Training training(0);
  training.state().add_parameters(0, parameters, Copy::owned);
  training.each_step(comm, 5, nothing, never);
  EXPECT_TRUE(training.snapshots().empty());
}

TEST_F(TrainingLoop, AServersSnapshotIsOfOneShard) {
  Training training(1);
  training.state().add_parameters(0, parameters.part(0, 2), Copy::owned);
  training.state().add_parameters(2, parameters.part(2, 1), Copy::owned);
  training.snapshot_if_due(comm, 1, {2, 3});
  ASSERT_EQ(training.snapshots().size(), 1U);
  EXPECT_EQ(training.snapshots()[0].values, (std::vector<float>{3}));
}

TEST_F(TrainingLoop, PhantomsLeaveNoCopies) {
  Training training(1);
  training.state().add_parameters(0, {nullptr, 3}, Copy::owned);
  training.each_step(comm, 2, nothing, never);
  EXPECT_TRUE(training.snapshots().empty());
  EXPECT_TRUE(training.owned().empty());
}

TEST_F(TrainingLoop, OwnedPartsReplicasAndVersionsAreKeptApart) {
  Training training(1);
  training.state().add_parameters(0, parameters.part(0, 1), Copy::owned);
  training.state().add_parameters(1, parameters.part(1, 2), Copy::replica);
  training.state().add_parameters(0, parameters, Copy::version);
  training.state().add({"velocities", 0, parameters, Copy::owned});
  training.each_step(comm, 1, nothing, never);
  ASSERT_EQ(training.owned().size(), 1U);
  EXPECT_EQ(training.owned()[0].values, (std::vector<float>{1}));
  ASSERT_EQ(training.replicas().size(), 1U);
  EXPECT_EQ(training.replicas()[0].offset, 1U);
  EXPECT_EQ(training.replicas()[0].values, (std::vector<float>{2, 3}));
  EXPECT_EQ(training.snapshots().size(), 1U);
}

TEST_F(TrainingLoop, WhatRanBesideJoins) {
  Training training(1);
  training.start(2);
  Training beside = training.beside();
  beside.state().add_parameters(0, parameters, Copy::owned);
  beside.update(comm, 0, 1, 2);
  beside.finish();
  training.absorb(std::move(beside));
  ASSERT_EQ(training.updates().size(), 1U);
  EXPECT_EQ(training.updates()[0].time_s, -2);
  EXPECT_EQ(training.owned().size(), 1U);
}

}  // namespace
}  // namespace tandem
