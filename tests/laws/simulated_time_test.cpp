// With neutral network factors, simulated times are the alpha-beta closed forms.
#include <gtest/gtest.h>

#include <algorithm>

#include "algorithms/strategies/stage.h"
#include "algorithms/strategies/strategy.h"
#include "tests/laws/closed_form.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

double compute_s(const Scenario& scenario) {
  double flops = 0;
  for (const ProfileLayer& layer : scenario.workload.model.profile) {
    flops += layer.forward_flops_per_sample + layer.backward_flops_per_sample;
  }
  return flops * static_cast<double>(scenario.workload.batch.per_worker) / scenario.cluster.speed_flops_per_s;
}

class SimulatedTime : public testing::TestWithParam<int> {};

TEST_P(SimulatedTime, Ring) {
  const int n = GetParam();
  const std::size_t parameters = 1'000'000 * static_cast<std::size_t>(n);  // equal chunks
  const Scenario scenario = phantom("allreduce", n, parameters, 1, 1e9);
  const Network& network = scenario.cluster.network;
  const double bytes = static_cast<double>(parameters) * 4;
  const double step_s =
      compute_s(scenario) + 2 * (n - 1) * (network.latency_s + bytes / n / network.bandwidth_bytes_per_s);
  expect_close(run(scenario).step_s, step_s);
}

TEST_P(SimulatedTime, DedicatedParameterServers) {
  const int n = GetParam();
  for (const int k : {1, 2, 4}) {
    Scenario scenario = phantom("ps-sync", n, 4'000'000, 1, 1e9);
    scenario.strategy = parse_strategy("{name: ps-sync, servers: " + std::to_string(k) + "}");
    const Network& network = scenario.cluster.network;
    const double bytes = 16e6;
    const double transfer_s = std::max(bytes, n * bytes / k) / network.bandwidth_bytes_per_s;
    expect_close(run(scenario).step_s, compute_s(scenario) + 2 * (network.latency_s + transfer_s));
  }
}

// Equal stages, one layer each, micro-batches of 4 samples. The law is of free communication: no latency to speak of,
// and activations of size 0.
Scenario balanced_pipeline(int stages, int microbatches) {
  Scenario scenario = phantom("pipeline", stages, 1000, static_cast<std::size_t>(stages), 1e9 * stages);
  scenario.strategy.edit<PipelineOptions>().microbatches = microbatches;
  scenario.workload.batch = {.global = static_cast<std::size_t>(microbatches) * 4};
  scenario.cluster.network.latency_s = 1e-12;
  return scenario;
}

TEST_P(SimulatedTime, PipelineMakespan) {
  const int stages = GetParam();
  for (const int microbatches : {1, 2, 5, 16}) {
    Scenario scenario = balanced_pipeline(stages, microbatches);
    const ProfileLayer& layer = scenario.workload.model.profile.front();
    const double forward_s = 4 * layer.forward_flops_per_sample / scenario.cluster.speed_flops_per_s;
    const double backward_s = 4 * layer.backward_flops_per_sample / scenario.cluster.speed_flops_per_s;
    const double turns_s = (microbatches + stages - 1) * (forward_s + backward_s);
    expect_close(run(scenario).step_s, turns_s);
    scenario.strategy.edit<PipelineOptions>().recompute = Recompute::all;
    expect_close(run(scenario).step_s, turns_s + microbatches * forward_s);
    scenario.strategy.edit<PipelineOptions>().recompute = Recompute::except_last;
    expect_close(run(scenario).step_s, turns_s + (microbatches - 1) * forward_s);
  }
}

// Computing is free and a message takes T: stage 0 sends M, stage 1 has the last after M + K - 2 more, and so back.
// Nothing else moves: not even the records of stages that have ended.
TEST_P(SimulatedTime, PipelineOfMessages) {
  const int stages = GetParam();
  constexpr std::size_t kActivations = 125'000;
  for (const int microbatches : {1, 2, 4, 8, 16}) {
    Scenario scenario = phantom("pipeline", stages, 1000, static_cast<std::size_t>(stages), 0);
    for (ProfileLayer& layer : scenario.workload.model.profile) layer.activations_per_sample = kActivations;
    scenario.strategy.edit<PipelineOptions>().microbatches = microbatches;
    scenario.workload.batch = {.global = static_cast<std::size_t>(microbatches)};
    scenario.workload.stop = {.steps = 1};
    scenario.cluster.network.latency_s = 0;
    const double message_s = kActivations * 4 / scenario.cluster.network.bandwidth_bytes_per_s;
    const double expected_s = stages == 1 ? 0 : 2 * (microbatches + stages - 2) * message_s;
    EXPECT_NEAR(run(scenario).step_s, expected_s, expected_s * 1e-9 + 1e-12) << microbatches << " micro-batches";
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, SimulatedTime, testing::Values(1, 2, 3, 4, 7, 16));

// Stages that never talk to each other need no route: results are not brought over the simulated network.
TEST(SimulatedTime, HostsInARowNeedNoRouteFromEndToEnd) {
  const TemporaryFolder folder;
  Scenario scenario = phantom("pipeline", 3, 3, 3, 0);
  for (ProfileLayer& layer : scenario.workload.model.profile) layer.activations_per_sample = 1'000'000;
  scenario.workload.batch = {.global = 1};
  scenario.cluster.platform = folder.file(
      "row.xml",
      "<?xml version='1.0'?><!DOCTYPE platform SYSTEM 'https://simgrid.org/simgrid.dtd'><platform version='4.1'>"
      "<zone id='z' routing='Full'><host id='a' speed='1Gf'/><host id='b' speed='1Gf'/><host id='c' speed='1Gf'/>"
      "<link id='l' bandwidth='125MBps' latency='62.5us'/><link id='m' bandwidth='125MBps' latency='62.5us'/>"
      "<route src='a' dst='b'><link_ctn id='l'/></route><route src='b' dst='c'><link_ctn id='m'/></route>"
      "</zone></platform>");
  expect_close(run(scenario).step_s, 4 * (62.5e-6 + 0.032));
}

TEST(SimulatedTime, OverlapLiesBetweenTheLargerAndTheSum) {
  Scenario scenario = phantom("allreduce", 4, 8'000'000, 8, 5e8);  // 80 ms of compute, 38 ms of communication
  const double sum_s = run(scenario).step_s;
  const double computing_s = compute_s(scenario);
  scenario.strategy = parse_strategy("{name: allreduce, overlap: true}");
  const double overlapped_s = run(scenario).step_s;
  const double communication_s = sum_s - computing_s;
  EXPECT_LT(overlapped_s, computing_s + 0.2 * communication_s) << "all but the first layer's bucket can be hidden";
  EXPECT_GE(overlapped_s, std::max(computing_s, communication_s) * (1 - kRelative));
}

TEST(SimulatedTime, ASmallModelWithALargeOnesCostsHasItsOwnNumbersAndTheOthersTimes) {
  for (const int n : {1, 2}) {
    const Scenario small = small_mlp("ps-sync", n, "sim");
    Scenario charged = small;
    charged.workload.costs = ModelCosts{.parameters = 25'557'032, .flops_per_sample = 2.4e10};
    const RunResult own = run(small), large = run(charged);
    EXPECT_EQ(large.parameters_sha256, own.parameters_sha256);
    const double bytes = 4 * 25'557'032.0, rows = 26.0 / n;
    const double transfer_s = n * bytes / charged.cluster.network.bandwidth_bytes_per_s;
    expect_close(large.step_s, rows * 2.4e10 / charged.cluster.speed_flops_per_s +
                                   2 * (charged.cluster.network.latency_s + transfer_s));
    EXPECT_EQ(large.messages_sent, own.messages_sent);
    expect_close(static_cast<double>(large.bytes_sent), 6 * 2 * n * bytes);
  }
}

TEST(SimulatedTime, TwiceTheSameDigest) {
  const Scenario scenario = phantom("ps-async", 5, 1'000'003, 3, 1e9);
  const RunResult one = run(scenario), again = run(scenario);
  ASSERT_FALSE(one.event_digest.empty());
  EXPECT_EQ(one.event_digest, again.event_digest);
  EXPECT_EQ(one.time_s, again.time_s);
}

}  // namespace
}  // namespace tandem::laws
