// The least time of a step, and which resource needs it.
#include "app/run/bounds.h"

#include <gtest/gtest.h>

#include "tests/sim/set_topology.h"

namespace tandem {
namespace {

// 1e6 parameters, 8 samples of 1e9 flops per worker at 1e12 flop/s: 8 ms; links of 1e9 byte/s.
Scenario scenario_of(const std::string& strategy, int workers) {
  Scenario scenario{.name = "bounds", .world = "sim", .payload = Payload::phantom};
  scenario.strategy = parse_strategy(strategy);
  scenario.workload.model.kind = ModelKind::profile;
  scenario.workload.model.profile = {{"layer", 1'000'000, 4e8, 6e8, 0}};
  scenario.workload.data.source = DataSource::none;
  scenario.workload.batch.per_worker = 8;
  scenario.workload.stop.steps = 3;
  scenario.cluster.workers = workers;
  scenario.cluster.speed_flops_per_s = 1e12;
  scenario.cluster.network.bandwidth_bytes_per_s = 1e9;
  return scenario;
}

StepCost cost_of(const Scenario& scenario) {
  const Strategy& strategy = strategy_of(scenario.strategy);
  return step_cost(scenario, strategy,
                   make_job(scenario.workload, scenario.strategy, scenario.cluster.workers, 1, nullptr));
}

TEST(StepCost, ARingOfFiveIsBoundByItsArithmetic) {
  const StepCost cost = cost_of(scenario_of("allreduce", 5));
  EXPECT_EQ(cost.ranks, 5);
  EXPECT_EQ(cost.messages, 5u * 2 * 4);
  EXPECT_EQ(cost.bytes, 2u * 4 * 4'000'000);
  ASSERT_EQ(cost.bounds.size(), 2u);
  EXPECT_EQ(cost.bounds[0].resource, "computation");
  EXPECT_DOUBLE_EQ(cost.bounds[0].least_s, 8e-3);
  EXPECT_DOUBLE_EQ(cost.bounds[1].least_s, 2 * 0.8 * 4e-3);
}

TEST(StepCost, AWorkerThatStaysSlowBindsThoseThatWaitForIt) {
  Scenario scenario = scenario_of("allreduce", 5);
  scenario.cluster.slowdowns = {{.ranks = 3, .factor = 3}};
  EXPECT_DOUBLE_EQ(cost_of(scenario).computation_s(), 24e-3);
  EXPECT_DOUBLE_EQ(cost_of(scenario).in_turn_s, cost_of(scenario_of("allreduce", 5)).in_turn_s)
      << "the first to begin a step need not be the slow one";
  scenario.strategy = parse_strategy("ps-async");
  EXPECT_DOUBLE_EQ(cost_of(scenario).computation_s(), 5 * 8e-3 / (4 + 1.0 / 3)) << "nobody waits for the slow one";

  scenario.strategy = parse_strategy("allreduce");
  scenario.cluster.slowdowns = {{.ranks = 3, .factor = 3, .until_s = 0.1}};
  EXPECT_DOUBLE_EQ(cost_of(scenario).computation_s(), 8e-3) << "most steps may come later";
}

// A step goes on without some workers' parts, so that the slow one's need not be among them.
TEST(StepCost, APartThatNobodyWaitsForBindsNobody) {
  Scenario scenario = scenario_of("{name: backup-workers, backups: 1}", 2);
  scenario.cluster.slowdowns = {{.ranks = 1, .factor = 10}};
  const std::vector<std::pair<const char*, double>> least_s = {
      {"{name: backup-workers, backups: 1}", 8e-3}, {"{name: backup-workers, backups: 0}", 2 * 8e-3 / 1.1},
      {"{name: fedavg, fraction: 0.5}", 8e-3},      {"{name: fedavg, fraction: 1}", 2 * 8e-3 / 1.1},
      {"{name: gossip, deaths: 1}", 8e-3},          {"gossip", 2 * 8e-3 / 1.1}};
  for (const auto& [strategy, expected_s] : least_s) {
    scenario.strategy = parse_strategy(strategy);
    EXPECT_DOUBLE_EQ(cost_of(scenario).computation_s(), expected_s) << strategy;
  }
}

TEST(StepCost, LinksAreNoBoundWhereTheirBytesAreUnknown) {
  const StepCost cost = cost_of(scenario_of("{name: gossip, deaths: 1}", 2));
  EXPECT_FALSE(cost.has_closed_form);
  ASSERT_EQ(cost.bounds.size(), 1u);
  EXPECT_EQ(cost.bounds[0].resource, "computation");
}

TEST(StepCost, AHostThatIsSlowerForItsPartBinds) {
  Scenario scenario = scenario_of("allreduce", 5);
  scenario.cluster.hosts = {{.workers = 4, .speed_flops_per_s = 0.5e12}};
  EXPECT_DOUBLE_EQ(cost_of(scenario).computation_s(), 16e-3);
}

TEST(StepCost, ALinkThatStaysSlowTakesLonger) {
  Scenario scenario = scenario_of("allreduce", 5);
  scenario.cluster.network.slowdowns = {{.ranks = 2, .factor = 4}};
  const StepCost cost = cost_of(scenario);
  EXPECT_EQ(cost.bounds[0].resource, "links of rank 2");
  EXPECT_DOUBLE_EQ(cost.bounds[0].least_s, 4 * 2 * 0.8 * 4e-3);
}

TEST(StepCost, OneServerIsBoundByItsLink) {
  const StepCost cost = cost_of(scenario_of("ps-sync", 5));
  EXPECT_EQ(cost.bounds[0].resource, "links of rank 5");
  EXPECT_DOUBLE_EQ(cost.bounds[0].least_s, 5 * 4e-3);
}

TEST(StepCost, EmulatedLinksBindTheTcpWorldOnly) {
  Scenario scenario = scenario_of("ps-sync", 5);
  scenario.world = "tcp";
  EXPECT_TRUE(cost_of(scenario).bounds.empty()) << "neither hosts nor links are the scenario's";
  scenario.cluster.emulate = true;
  EXPECT_EQ(cost_of(scenario).bounds.at(0).resource, "links of rank 5");
  EXPECT_DOUBLE_EQ(cost_of(scenario).bounds.at(0).least_s, 5 * 4e-3);
  scenario.world = "threads";
  EXPECT_TRUE(cost_of(scenario).bounds.empty());
}

TEST(StepCost, WhatAColocatedServersWorkerKeepsPassesNoLink) {
  Scenario scenario = scenario_of("ps-sync", 2);
  scenario.strategy = parse_strategy("{name: ps-sync, placement: colocated, servers: 2}");
  const StepCost cost = cost_of(scenario);
  // Half a model pushed and half answered to the one other worker.
  EXPECT_DOUBLE_EQ(cost.bounds[1].least_s, 4e-3);
}

TEST(StepCost, AGradientCrossesEveryRacksBorder) {
  Scenario scenario = scenario_of("allreduce", 4);
  set_topology(scenario.cluster.network, "two-tier", "{hosts_per_rack: 2, oversubscription: 10}");
  const StepCost cost = cost_of(scenario);
  EXPECT_EQ(cost.bounds[0].resource, "border of rack-0");
  EXPECT_DOUBLE_EQ(cost.bounds[0].least_s, 20e-3);
}

TEST(StepCost, ARealWorldsLinksAreUnknown) {
  Scenario scenario = scenario_of("allreduce", 2);
  scenario.world = "threads";
  EXPECT_TRUE(cost_of(scenario).bounds.empty());
}

}  // namespace
}  // namespace tandem
