// What scenario files say of profiles, costs, uneven hosts, slowdowns and noise.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/scenario/loader.h"
#include "tests/app/scenario/scenario_of.h"

namespace tandem {
namespace {

double flops_per_sample(const Scenario& scenario) {
  double flops = 0;
  for (const ProfileLayer& layer : scenario.workload.model.profile)
    flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  return flops;
}

TEST(Scenario, ANamedProfileHasItsLayersAndTheCostThatWasMeasured) {
  const std::string host = "cluster: {host: {speed: 1Tflop/s}}\n";
  const Scenario own = with_workload("  model: {name: profile, profile: resnet50}\n" + host);
  ASSERT_EQ(own.workload.model.profile.size(), 18u);
  EXPECT_EQ(own.workload.model.profile.front().name, "conv1");
  const Scenario measured = with_workload("  model: {name: profile, profile: resnet50, samples_per_s: 320}\n" + host);
  EXPECT_DOUBLE_EQ(flops_per_sample(measured), 1e12 / 320);
  EXPECT_NEAR(measured.workload.model.profile[5].backward_flops_per_sample / flops_per_sample(measured),
              own.workload.model.profile[5].backward_flops_per_sample / flops_per_sample(own), 1e-12);
  const Scenario by_step =
      with_workload("  model: {name: profile, profile: resnet50, step_time: 100ms, step_samples: 32}\n" + host);
  EXPECT_DOUBLE_EQ(flops_per_sample(by_step), 1e12 / 320);
  expect_loads_back(measured);
}

TEST(Scenario, AShorterSequenceCostsLess) {
  const double longest = flops_per_sample(with_workload("  model: {name: profile, profile: bert-base}\n"));
  EXPECT_EQ(longest,
            flops_per_sample(with_workload("  model: {name: profile, profile: bert-base, sequence_length: 512}\n")));
  EXPECT_LT(flops_per_sample(with_workload("  model: {name: profile, profile: bert-base, sequence_length: 128}\n")),
            longest / 4);
}

TEST(Scenario, HostsDifferAsTheirGroupsSay) {
  const Scenario s = with_workload(R"(strategy: {name: ps-sync, servers: 2}
cluster:
  workers: 16
  hosts:
    - {worker: [0, 4-7, 8-15/4], speed: 5Gflop/s}
    - {worker: 7, server: 0-1, bandwidth: 40Gbit/s, memory_bandwidth: 8GB/s}
)");
  const Cluster& cluster = s.cluster;
  for (const int worker : {0, 4, 7, 8, 12}) EXPECT_EQ(cluster.speed_of(worker), 5e9) << worker;
  for (const int worker : {1, 3, 9, 15, 16, 17}) EXPECT_EQ(cluster.speed_of(worker), 10e9) << worker;
  for (const int rank : {7, 16, 17}) EXPECT_EQ(cluster.bandwidth_of(rank), 5e9) << rank;
  EXPECT_EQ(cluster.bandwidth_of(8), cluster.network.bandwidth_bytes_per_s);
  EXPECT_EQ(cluster.memory_bandwidth_of(17), 8e9);
  expect_loads_back(s);
}

TEST(Scenario, AHostGroupOfServersIsPassedOverWhereThereAreNone) {
  const Plan plan = parse_plan(kSmallest + R"(cluster: {hosts: [{server: 1, bandwidth: 40Gbit/s}]}
sweep:
  grid:
    strategy: [{name: allreduce}, {name: ps-sync}, {name: ps-sync, servers: 2}, {name: ps-async, servers: 2, placement: colocated}]
)",
                               "x.yaml", {});
  ASSERT_EQ(plan.points.size(), 4u);
  EXPECT_FALSE(plan.points[0].skipped);
  EXPECT_EQ(plan.points[1].skipped, "cluster.hosts names server 1, but the 1 servers count from 0");
  EXPECT_FALSE(plan.points[2].skipped);
  EXPECT_EQ(plan.points[3].skipped, "cluster.hosts names server 1, but the servers are on the workers' hosts");
}

TEST(Scenario, ASlowdownMayMoveFromWorkerToWorker) {
  const std::string cluster = "cluster: {workers: 9, slowdowns: [";
  const Scenario moving = with_workload(
      cluster + "{worker: 1-2, factor: 4, from: 100ms, until: 200ms, every: 100ms, times: 3, shift: 3}]}\n");
  const Scenario written = with_workload(cluster +
                                         "{worker: 1-2, factor: 4, from: 100ms, until: 200ms}, "
                                         "{worker: 4-5, factor: 4, from: 200ms, until: 300ms}, "
                                         "{worker: 7-8, factor: 4, from: 300ms, until: 400ms}]}\n");
  ASSERT_EQ(moving.cluster.slowdowns.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Slowdown &one = moving.cluster.slowdowns[i], &other = written.cluster.slowdowns[i];
    EXPECT_EQ(one.ranks, other.ranks) << i;
    EXPECT_EQ(one.from_s, other.from_s) << i << ": to the bit";
    EXPECT_EQ(one.until_s, other.until_s) << i;
    EXPECT_EQ(one.every_s, other.every_s) << i;
    EXPECT_EQ(one.factor, 4) << i;
  }
  expect_loads_back(moving);
}

TEST(Scenario, SlowdownsMayComeBackAndNoiseMayBeRecorded) {
  const Scenario s = with_workload(R"(cluster:
  workers: 8
  slowdowns: [{worker: 0-7/2, factor: 3, from: 1s, until: 2s, every: 5s}]
  noise: {distribution: recorded, file: )" +
                                   std::string(TANDEM_SOURCE_DIR) + "/tests/golden/bad/data/delays.txt}\n");
  EXPECT_EQ(s.cluster.slowdowns.at(0).ranks, RankSet(0, 7, 2));
  EXPECT_EQ(s.cluster.slowdowns.at(0).every_s, 5);
  EXPECT_EQ(s.cluster.noise->recorded_s, (std::vector<double>{3e-3, 12e-6, 0}));
  expect_loads_back(s);
  const Scenario drawn = with_workload("cluster: {noise: {distribution: log-normal, median: 5ms, sigma: 0.5}}\n");
  EXPECT_EQ(drawn.cluster.noise->median_s, 5e-3);
  EXPECT_EQ(drawn.cluster.noise->sigma, 0.5);
  expect_loads_back(drawn);
}

TEST(Scenario, CostsAreTheTotalsOfTheirProfile) {
  const Scenario s = with_workload("  costs: {profile: vgg16, samples_per_s: 50}\nworld: sim\n");
  ASSERT_TRUE(s.workload.costs);
  EXPECT_EQ(s.workload.costs->parameters, 138'357'544u);
  EXPECT_DOUBLE_EQ(s.workload.costs->flops_per_sample, s.cluster.speed_flops_per_s / 50);
  EXPECT_EQ(s.workload.model.kind, ModelKind::mlp);
  EXPECT_EQ(s.payload, Payload::numeric);
  expect_loads_back(s);
}

TEST(Scenario, CostsThatAPointCannotCarryAreItsReason) {
  const Plan plan = parse_plan(kSmallest + R"(sweep:
  grid:
    workload.costs: [{profile: vgg16}]
    world: [sim, threads]
    strategy: [{name: allreduce}, {name: pipeline}, {name: allreduce, collective: auto}]
)",
                               "x.yaml", {});
  ASSERT_EQ(plan.points.size(), 6u);
  EXPECT_FALSE(plan.points[0].skipped);
  EXPECT_EQ(plan.points[1].skipped, "workload.costs: what stages hand on has no counterpart in the costs");
  EXPECT_EQ(plan.points[2].skipped, "workload.costs: auto would pick for the small model; name a collective");
  for (std::size_t i = 3; i < 6; ++i) {
    EXPECT_EQ(plan.points[i].skipped,
              "workload.costs: only a simulated network carries other bytes than it is given, not threads");
  }
}

}  // namespace
}  // namespace tandem
