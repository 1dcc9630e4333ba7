// Files of other simulators: ASTRA-sim's networks and workloads, Calculon's systems.
#include <gmock/gmock.h>

#include "app/scenario/loader.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// A scenario that uses what was imported, as its cluster or as its model.
Scenario scenario_with(const std::string& cluster, const std::string& profile) {
  const TemporaryFolder folder;
  folder.file("cluster.yaml", cluster);
  folder.file("profile.yaml", profile);
  return load_plan(folder.file("scenario.yaml",
                               "tandem: 1\nname: x\nquestion: Is it read?\nworkload:\n"
                               "  model: {name: profile, profile: profile.yaml}\n  batch: {per_worker: 1}\n"
                               "  stop: {steps: 1}\nstrategy: {name: allreduce}\nworld: sim\n"
                               "cluster: {from: cluster.yaml}\n"))
      .points.front()
      .scenario;
}

std::string imported(const std::string& name) { return import_file(golden(name)).texts.front().text; }

TEST(Simulators, ANetworkOfAstraSimBecomesACluster) {
  constexpr double kGibi = 1024.0 * 1024 * 1024;
  const Cluster cluster = scenario_with(imported("astra-network.yml"), imported("astra-workload.txt")).cluster;
  EXPECT_EQ(cluster.workers, 32);
  EXPECT_EQ(cluster.ranks_per_node, 4);
  // Four ranks share the node's card; a message passes two links of 2 us.
  EXPECT_NEAR(cluster.network.bandwidth_bytes_per_s, 4 * 50 * kGibi, 1e-4 * 200 * kGibi);
  EXPECT_DOUBLE_EQ(cluster.network.latency_s, 4e-6);
  EXPECT_NEAR(cluster.network.intra_node.bandwidth_bytes_per_s, 3 * 100 * kGibi, 1e-4 * 300 * kGibi);
  EXPECT_DOUBLE_EQ(cluster.network.intra_node.latency_s, 500e-9);
}

TEST(Simulators, RingsBecomeATorus) {
  const TemporaryFolder folder;
  const std::string text = "topology: [Ring, Ring]\nnpus_count: [4, 3]\nbandwidth: [10, 10]\nlatency: [100, 100]\n";
  const Cluster cluster =
      scenario_with(import_file(folder.file("n.yml", text)).texts.front().text, imported("astra-workload.txt")).cluster;
  EXPECT_EQ(cluster.workers, 12);
  EXPECT_EQ(cluster.network.topology, "torus");
  EXPECT_THAT(refusal_of(replaced(text, "[10, 10]", "[10, 20]")), HasSubstr("input:1:18: error: rings of different"));
  EXPECT_THAT(refusal_of(replaced(text, "[Ring, Ring]", "[Ring, Switch]")), HasSubstr("a Ring beside other kinds"));
  EXPECT_THAT(refusal_of(replaced(text, "[10, 10]", "[10]")), HasSubstr("1 values for 2 dimensions"));
}

TEST(Simulators, ASystemOfCalculonBecomesACluster) {
  const Cluster cluster = scenario_with(imported("calculon-system.json"), imported("astra-workload.txt")).cluster;
  EXPECT_EQ(cluster.ranks_per_node, 8);
  EXPECT_DOUBLE_EQ(cluster.speed_flops_per_s, 90e12);
  EXPECT_DOUBLE_EQ(cluster.memory_bandwidth_bytes_per_s.value(), 1600e9);
  EXPECT_DOUBLE_EQ(cluster.network.bandwidth_bytes_per_s, 8 * 20e9);
  EXPECT_DOUBLE_EQ(cluster.network.latency_s, 20e-6);
  EXPECT_DOUBLE_EQ(cluster.network.intra_node.bandwidth_bytes_per_s, 150e9);
}

TEST(Simulators, APlaceholderIsAnErrorWithItsPlace) {
  const std::string system = text_of_file(golden("calculon-system.json"));
  EXPECT_THAT(refusal_of(replaced(system, "\"bandwidth\": 25", "\"bandwidth\": \"tbd\"")),
              HasSubstr("input:9:19: error: a number is expected, not the quoted text \"tbd\""));
  EXPECT_THAT(refusal_of(replaced(system, "\"tflops\": 100", "\"tflops\": tbd")),
              HasSubstr("input:2:36: error: a number"));
}

TEST(Simulators, ADataParallelWorkloadBecomesAProfile) {
  const WorkloadSpec workload =
      scenario_with(imported("calculon-system.json"), imported("astra-workload.txt")).workload;
  const std::vector<ProfileLayer>& layers = workload.model.profile;
  ASSERT_EQ(layers.size(), 3U);
  EXPECT_EQ(layers[0].parameters, 1000U);
  EXPECT_EQ(layers[1].parameters, 2001U);  // 8002 bytes: no message is shorter than the file says
  EXPECT_DOUBLE_EQ(layers[1].forward_flops_per_sample, 2000e3);
  EXPECT_DOUBLE_EQ(layers[1].backward_flops_per_sample, 3200e3);
}

TEST(Simulators, WhatAProfileHasNoPlaceForIsRefusedByLayer) {
  const std::string workload = text_of_file(golden("astra-workload.txt"));
  EXPECT_THAT(refusal_of(replaced(workload, "2000 NONE 0", "2000 ALLTOALL 4096")),
              HasSubstr("input:4: error: layer conv2 does ALLTOALL of 4KiB in its forward pass"));
  EXPECT_THAT(refusal_of(replaced(workload, "DATA\n3", "DATA\n4")), HasSubstr("3 layers follow, but"));
  EXPECT_THAT(refusal_of(replaced(workload, " 20\n", "\n")), HasSubstr("input:4: error: 11 columns"));
}

}  // namespace
}  // namespace tandem
