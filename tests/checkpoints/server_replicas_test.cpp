// Servers with replicas: what they cost, and that a death of either costs nothing but the time to notice it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/strategies/strategy.h"
#include "app/scenario/checkpoint_fields.h"
#include "tests/checkpoints/deaths.h"

namespace tandem::laws {
namespace {

using testing::HasSubstr;

FaultSpec kill_server(int server, const FaultTime& at) { return kill_rank({.is_server = true, .index = server}, at); }

std::string strategy(int servers, int replicas, const std::string& more = "") {
  return fmt::format("{{name: ps-sync, servers: {}, replicas: {}{}}}", servers, replicas, more);
}

TEST(ServerReplicas, ChangeNoBitInAnyWorld) {
  for (const char* more : {"", ", overlap: true, bucket: 256B", ", shards: emptiest"}) {
    const std::string expected = run(small_mlp(strategy(2, 0, more), 3, "sim")).parameters_sha256;
    for (const std::string& world : runnable_worlds()) {
      SCOPED_TRACE(fmt::format("{} in {}", more, world));
      EXPECT_EQ(run(small_mlp(strategy(2, 1, more), 3, world)).parameters_sha256, expected);
    }
  }
}

// Every run holds each rank's traffic against the closed form of the program; this is another one.
TEST(ServerReplicas, AreToldOneSumPerStepWhateverTheNumberOfWorkers) {
  for (const int workers : {1, 2, 5}) {
    for (const int servers : {1, 3}) {
      SCOPED_TRACE(fmt::format("{} workers, {} servers", workers, servers));
      Scenario scenario = small_mlp(strategy(servers, 1), workers, "threads");
      const RunResult result = run(scenario);
      const auto n = static_cast<std::uint64_t>(workers), k = static_cast<std::uint64_t>(servers), steps = result.steps;
      const std::uint64_t model_bytes = 4 * result.parameters.size();
      // A push and a pull; a sum and an answer; everybody leaves.
      EXPECT_EQ(result.messages_sent, steps * k * (2 * n + 2) + n * k);
      EXPECT_EQ(result.bytes_sent, steps * (2 * n + 1) * model_bytes);
      for (const RankResult& rank : result.rank_rows) {
        if (rank.rank < workers + servers) continue;
        EXPECT_EQ(rank.traffic.messages_received, steps + n);
        EXPECT_EQ(rank.traffic.messages_sent, steps);
        EXPECT_EQ(rank.traffic.bytes_sent, 0U);
      }
    }
  }
}

TEST(ServerReplicas, MakeAStepLongerByOneMessageAndItsAnswer) {
  constexpr double kParameters = 1e6, kAlpha = 20e-6, kBeta = 1 / 1.25e9;
  for (const int workers : {1, 4, 7}) {
    for (const int servers : {1, 2}) {
      const auto time_s = [&](int replicas) {
        return run(phantom(strategy(servers, replicas), workers, static_cast<std::size_t>(kParameters), 1, 1e9)).time_s;
      };
      const double step_s = 2 * kAlpha + 4 * kParameters / servers * kBeta;
      EXPECT_NEAR(time_s(1) - time_s(0), 3 * step_s + kAlpha, 1e-6 * step_s) << workers << ", " << servers;
    }
  }
}

TEST(ServerReplicas, TakeOverWithoutLosingAStepOrABit) {
  for (const char* more : {"", ", overlap: true, bucket: 256B"}) {
    Scenario whole = small_mlp(strategy(2, 0, more), 3, "sim");
    whole.workload.optimizer = {.kind = OptimizerKind::adam, .lr = 0.01};
    const std::string expected = run(whole).parameters_sha256;
    const std::vector<std::vector<FaultSpec>> plans = {{kill_server(0, {.step = 0})},
                                                       {kill_server(1, {.step = 3})},
                                                       {kill_server(0, {.step = 5})},
                                                       {kill_server(2, {.step = 2})},
                                                       {kill_server(0, {.step = 1}), kill_server(1, {.step = 4})},
                                                       {kill_server(0, {.step = 2}), kill_server(3, {.step = 2})}};
    for (const std::string& world : kMortalWorlds) {
      for (std::size_t i = 0; i < plans.size(); ++i) {
        SCOPED_TRACE(fmt::format("{} in {}, plan {}", more, world, i));
        Scenario scenario = whole;
        scenario.world = world;
        scenario.strategy = parse_strategy(strategy(2, 1, more));
        scenario.faults = plans[i];
        ASSERT_FALSE(checkpoint_conflict(scenario));
        const RunResult result = run(scenario);
        EXPECT_EQ(result.parameters_sha256, expected);
        EXPECT_EQ(result.steps, 6U);
        EXPECT_EQ(result.failures, plans[i].size());
        EXPECT_EQ(dead_in(result).size(), plans[i].size());
        EXPECT_EQ(result.lost_steps, 0);
        EXPECT_LE(result.recovery_s, result.time_s);
        if (world == "sim") {
          EXPECT_EQ(run(scenario).event_digest, result.event_digest);
        }
      }
    }
  }
}

// What was pushed to the dead is pushed again: once per worker.
TEST(ServerReplicas, TakeOneMoreMessagePerWorkerWhenTheServerDies) {
  constexpr std::uint64_t kStepsOfAll = 6, kDiesAt = 4, kWorkers = 3;
  for (const std::string& world : kMortalWorlds) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp(strategy(1, 1), kWorkers, world);
    scenario.faults = {kill_server(0, {.step = kDiesAt})};
    const RunResult result = run(scenario);
    const std::uint64_t model_bytes = 4 * result.parameters.size();
    for (const RankResult& rank : result.rank_rows) {
      const Traffic& traffic = rank.traffic;
      if (rank.rank < static_cast<int>(kWorkers)) {
        EXPECT_EQ(traffic.messages_sent, kStepsOfAll + 1 + 1);
        EXPECT_EQ(traffic.bytes_sent, (kStepsOfAll + 1) * model_bytes);
        EXPECT_EQ(traffic.bytes_received, kStepsOfAll * model_bytes);
      } else if (rank.role != "died") {
        EXPECT_EQ(traffic.bytes_received, (kDiesAt + (kStepsOfAll - kDiesAt) * kWorkers) * model_bytes);
        EXPECT_EQ(traffic.messages_sent, kDiesAt + (kStepsOfAll - kDiesAt) * kWorkers);
        EXPECT_EQ(traffic.bytes_sent, (kStepsOfAll - kDiesAt) * kWorkers * model_bytes);
      }
    }
  }
}

// A step computes for 160 ms, and is pushed in some milliseconds. A death that is noticed in that time holds nobody up;
// one that takes longer does so for the rest.
TEST(ServerReplicas, HoldWorkersUpWhileTheDeathIsNotNoticed) {
  Scenario scenario = phantom(strategy(1, 1), 4, 100'000, 1, 1e9);
  scenario.workload.stop = {.steps = 10};
  const double healthy_s = run(scenario).time_s;
  const double step_s = healthy_s / 10;
  scenario.faults = {kill_server(0, {.step = 5})};
  for (const double detect_s : {0.0, 0.05, 0.5, 3.0}) {
    scenario.faults.front().detect_after_s = detect_s;
    const RunResult result = run(scenario);
    const double held_up_s = std::max(0.0, detect_s - 0.16);
    EXPECT_NEAR(result.time_s, healthy_s + held_up_s, 0.1 * step_s) << detect_s;
    EXPECT_NEAR(result.recovery_s, held_up_s, 0.1 * step_s) << detect_s;
    EXPECT_EQ(result.detect_s, result.recovery_s);
    EXPECT_NEAR(result.useful_s + result.recovery_s, result.time_s, 1e-9);
  }
}

TEST(ServerReplicas, WhoseServerHasDiedTooEndTheRun) {
  for (const std::string& world : kMortalWorlds) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp(strategy(2, 1), 3, world);
    scenario.faults = {kill_server(1, {.step = 1}), kill_server(3, {.step = 4})};
    const char* cause = world == "tcp" ? "was killed by signal 9" : "server 1 has died, and so has its replica";
    EXPECT_THAT(failure_of(scenario), HasSubstr(cause));
  }
}

TEST(ServerReplicas, RefuseWhatTheyCannotSay) {
  const auto conflict = [](const auto& change) {
    Scenario scenario = small_mlp(strategy(2, 1), 3, "sim");
    change(scenario);
    const auto found = checkpoint_conflict(scenario);
    return found ? found->reason : std::string();
  };
  EXPECT_THAT(conflict([](Scenario& one) {
                one.faults = {kill_server(1, {.step = 1}), kill_server(3, {.step = 4})};
              }),
              HasSubstr("server 1 and its replica, server 3, are both to die"));
  EXPECT_THAT(conflict([](Scenario& one) { one.faults = {kill_worker(1, {.step = 1})}; }),
              HasSubstr("goes on without a server that has a replica, and not without a worker"));
  EXPECT_THAT(conflict([](Scenario& one) { one.faults = {kill_server(4, {.step = 1})}; }),
              HasSubstr("there is no server 4: 4 of them"));
  EXPECT_THAT(conflict([](Scenario& one) { one.checkpoint = CheckpointSpec{.every = {.steps = 2}}; }),
              HasSubstr("a replica that waits at one could not serve"));
}

}  // namespace
}  // namespace tandem::laws
