// Workers that average with their neighbours and die: nobody stands in for them, and those who are left go on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "algorithms/exchanges/gossip_graph.h"
#include "algorithms/exchanges/neighbour_exchange.h"
#include "app/run/execute.h"
#include "app/worlds/worlds.h"
#include "core/rank_died.h"
#include "tests/checkpoints/deaths.h"

namespace tandem::laws {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void expect_two_deaths_and_all_steps(const RunResult& result) {
  EXPECT_EQ(dead_in(result), (std::vector<int>{2, 5}));
  EXPECT_EQ(result.steps, 6U);
  EXPECT_EQ(result.failures, 2);
  EXPECT_EQ(result.lost_steps, 0);
  EXPECT_EQ(result.recovery_s, 0);
  EXPECT_TRUE(std::isfinite(result.train_loss));
}

Scenario with_two_deaths(const std::string& strategy, const std::string& world) {
  Scenario scenario = small_mlp(strategy, 6, world);
  scenario.faults = {kill_worker(2, {.step = 3}), kill_worker(5, {.step = 0})};
  return scenario;
}

TEST(GossipDeaths, PairsAreMadeOfThoseWhoAreLeft) {
  for (const char* options : {"", ", consensus_rate: 0.5", ", codec: qsgd", ", overlap: true"}) {
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", options, world));
      const Scenario scenario = with_two_deaths(fmt::format("{{name: ad-psgd, deaths: 2{}}}", options), world);
      const RunResult result = run(scenario);
      expect_two_deaths_and_all_steps(result);
      if (world == "sim") {
        EXPECT_EQ(run(scenario).event_digest, result.event_digest);
      }
    }
  }
}

// Both neighbours of worker 0, and with them all whom it could pair with, or the one in the middle.
TEST(GossipDeaths, AWorkerMayBeLeftAlone) {
  for (const std::string& world : kMortalWorlds) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp("{name: ad-psgd, deaths: 2}", 4, world);
    scenario.faults = {kill_worker(1, {.step = 1}), kill_worker(3, {.step = 2})};
    EXPECT_EQ(run(scenario).steps, 6U);
    scenario.strategy = parse_strategy("{name: gossip, deaths: 3}");
    scenario.faults.push_back(kill_worker(2, {.step = 2}));
    EXPECT_EQ(dead_in(run(scenario)), (std::vector<int>{1, 2, 3}));
  }
}

// A worker that dies as it begins a step has sent all of the step before, and nothing of this one: so the step of each
// death says all.
TEST(GossipDeaths, AtAStepLeaveTheSameBitsInEveryWorld) {
  for (const char* options : {"", ", graph: torus", ", graph: complete, consensus_rate: 0.5", ", graph: random"}) {
    const std::string strategy = fmt::format("{{name: gossip, deaths: 2{}}}", options);
    const RunResult simulated = run(with_two_deaths(strategy, "sim"));
    EXPECT_EQ(run(with_two_deaths(strategy, "sim")).event_digest, simulated.event_digest);
    EXPECT_NE(run(small_mlp(strategy, 6, "sim")).parameters_sha256, simulated.parameters_sha256);
    for (const std::string& world : kMortalWorlds) {
      SCOPED_TRACE(fmt::format("{} in {}", options, world));
      const RunResult result = run(with_two_deaths(strategy, world));
      expect_two_deaths_and_all_steps(result);
      EXPECT_EQ(result.parameters_sha256, simulated.parameters_sha256);
    }
  }
}

TEST(GossipDeaths, OfNobodyChangeNothing) {
  for (const char* graph : {"ring", "random"}) {
    const RunResult plain = run(small_mlp(fmt::format("{{name: gossip, graph: {}}}", graph), 5, "sim"));
    const RunResult ready = run(small_mlp(fmt::format("{{name: gossip, graph: {}, deaths: 3}}", graph), 5, "sim"));
    EXPECT_EQ(ready.parameters_sha256, plain.parameters_sha256);
    EXPECT_EQ(ready.event_digest, plain.event_digest);
  }
}

// Whose neighbour has died gives its weight to itself: what one of those who are left gains, another loses.
TEST(GossipDeaths, KeepTheMeanOfThoseWhoAreLeft) {
  constexpr int kWorkers = 6;
  constexpr std::size_t kSteps = 5;
  const auto dies_at = [](int rank) { return rank == 2 ? 1U : rank == 5 ? 3U : kSteps + 1; };
  for (const GossipGraph graph : {GossipGraph::ring, GossipGraph::torus, GossipGraph::complete, GossipGraph::random}) {
    Scenario scenario = small_mlp("{name: gossip, deaths: 2}", kWorkers, "threads");
    const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = job_of(scenario, &data);
    double values[kSteps + 1][kWorkers] = {};
    scenario.traits().run({.ranks = kWorkers, .mortal = {1, kWorkers}}, [&](Endpoint& endpoint) {
      Comm comm(endpoint, {});
      NeighbourExchange exchange(job);
      const Buffer own = comm.make_buffer(1);
      float& value = *own.slice().f32();
      value = static_cast<float>(1 << comm.rank());
      for (std::size_t step = 0; step <= kSteps; ++step) {
        values[step][comm.rank()] = value;
        if (step == dies_at(comm.rank())) throw RankDied();
        if (step == kSteps) return;
        const std::vector<int> others = neighbours(graph, kWorkers, comm.rank(), 1, step);
        const Slice theirs = exchange.run(comm, others, own);
        float sum = value;
        for (std::size_t i = 0; i < others.size(); ++i) sum += theirs.f32()[i];
        value = sum / static_cast<float>(others.size() + 1);
      }
    });
    for (std::size_t step = 0; step < kSteps; ++step) {
      double before = 0, after = 0;
      for (int rank = 0; rank < kWorkers; ++rank) {
        if (dies_at(rank) <= step) continue;
        before += values[step][rank];
        after += values[step + 1][rank];
      }
      EXPECT_NEAR(after, before, 1e-4 * before) << step;
    }
  }
}

TEST(GossipDeaths, BeyondTheirNumberEndTheRun) {
  for (const std::string& world : kMortalWorlds) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp("{name: ad-psgd, deaths: 1}", 4, world);
    scenario.faults = {kill_worker(1, {.step = 1}), kill_worker(3, {.step = 2})};  // worker 0 may hear of both
    EXPECT_THAT(failure_of(scenario), AllOf(HasSubstr("2 of 4 workers"), HasSubstr("the run survives the death of 1")));
    scenario = small_mlp("{name: gossip, deaths: 1}", 8, world);
    scenario.faults = {kill_worker(2, {.step = 1}), kill_worker(6, {.step = 2})};  // nobody hears of both
    EXPECT_THAT(failure_of(scenario), HasSubstr("2 of 8 workers have died, and the run survives the death of 1"));
  }
}

}  // namespace
}  // namespace tandem::laws
