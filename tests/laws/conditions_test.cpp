// Uneven hosts and links, slowdowns and noise against closed forms; and the same draws in every world.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/laws/closed_form.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

constexpr double kFlops = 1e9, kSamplesPerWorker = 8;
constexpr std::size_t kProfileParameters = 4'000'000;

double batch_s(const Scenario& scenario) { return kSamplesPerWorker * kFlops / scenario.cluster.speed_flops_per_s; }

double ring_s(const Scenario& scenario, double bandwidth_bytes_per_s) {
  const double n = scenario.cluster.workers, bytes = 4.0 * kProfileParameters;
  return 2 * (n - 1) * (scenario.cluster.network.latency_s + bytes / n / bandwidth_bytes_per_s);
}

TEST(UnevenHosts, ASynchronousStepWaitsForTheSlowest) {
  Scenario scenario = phantom("allreduce", 4, kProfileParameters, 1, kFlops);
  scenario.cluster.hosts = {{.workers = {1, 3, 2}, .speed_flops_per_s = 20e9},
                            {.workers = 3, .speed_flops_per_s = 4e9}};
  const double step_s = kSamplesPerWorker * kFlops / 4e9 + ring_s(scenario, 1.25e9);
  expect_close(run(scenario).step_s, step_s);
}

TEST(UnevenHosts, ARingIsAsFastAsItsNarrowestLink) {
  for (const int n : {2, 4, 5}) {
    Scenario scenario = phantom("allreduce", n, 1'000'000 * static_cast<std::size_t>(n), 1, kFlops);
    scenario.cluster.hosts = {{.workers = 1, .bandwidth_bytes_per_s = 1.25e8}};
    const double round_s = scenario.cluster.network.latency_s + 4e6 / 1.25e8;
    expect_close(run(scenario).step_s, batch_s(scenario) + 2 * (n - 1) * round_s);
  }
}

TEST(UnevenHosts, AServerWithAWiderLinkServesMoreWorkers) {
  Scenario scenario = phantom("ps-sync", 6, kProfileParameters, 1, kFlops);
  scenario.cluster.hosts = {{.servers = 0, .bandwidth_bytes_per_s = 3 * 1.25e9}};
  const double transfer_s = 6 * 4.0 * kProfileParameters / (3 * 1.25e9);
  expect_close(run(scenario).step_s, batch_s(scenario) + 2 * (scenario.cluster.network.latency_s + transfer_s));
}

// Each of n workers in turn is slow for one of n seconds.
TEST(Slowdowns, AStragglerThatMovesSlowsAllWhoWaitAndNobodyElseMuch) {
  constexpr int kWorkers = 4;
  constexpr double kFactor = 4;
  const auto time_s = [](const std::string& strategy, bool has_straggler) {
    Scenario scenario = phantom(strategy, kWorkers, 1000, 1, 62.5e6);  // 10 ms of computation a step
    scenario.workload.stop.steps = 1600;
    for (int worker = 0; has_straggler && worker < kWorkers; ++worker) {
      scenario.cluster.slowdowns.push_back({.ranks = worker,
                                            .factor = kFactor,
                                            .from_s = static_cast<double>(worker),
                                            .until_s = worker + 1.0,
                                            .every_s = kWorkers});
    }
    return run(scenario).time_s;
  };
  // A step in which the straggler changes may be slow for either: one in 25.
  EXPECT_NEAR(time_s("allreduce", true) / time_s("allreduce", false), kFactor, 0.04 * kFactor);
  // Every n seconds, a worker does the work of n - 1 + 1 / factor. It works for 16 s, in which one window more or less
  // counts.
  const double law = kWorkers / (kWorkers - 1 + 1 / kFactor);
  EXPECT_NEAR(time_s("ps-async", true) / time_s("ps-async", false), law, (1 - 1 / kFactor) / 16 + 0.01);
}

Scenario with_noise(Scenario scenario, const Noise& noise) {
  scenario.cluster.noise = noise;
  scenario.workload.stop.steps = 20;
  return scenario;
}

TEST(StepNoise, OfTwoWorkersThatWaitForEachOtherIsTheLongerDelayOfEveryStep) {
  const Scenario scenario = with_noise(phantom("allreduce", 2, kProfileParameters, 1, kFlops),
                                       {.kind = NoiseKind::exponential, .mean_s = 0.05});
  double longer_s = 0;
  for (std::uint64_t step = 0; step < 20; ++step) {
    longer_s += std::max(noise_s(*scenario.cluster.noise, scenario.seed, 0, step),
                         noise_s(*scenario.cluster.noise, scenario.seed, 1, step));
  }
  EXPECT_GT(longer_s, 20 * 0.05) << "two delays are longer than one";
  expect_close(run(scenario).time_s, 20 * (batch_s(scenario) + ring_s(scenario, 1.25e9)) + longer_s);
}

TEST(StepNoise, IsDrawnOnceAStepWhateverTheStrategyDoesInIt) {
  for (const std::string strategy : {"single", "allreduce", "ps-sync", "ps-async", "pipeline"}) {
    const int workers = strategy == "single" ? 1 : 3;
    Scenario quiet = with_noise(phantom(strategy, workers, 1000, 4, 1e6), {});
    quiet.workload.batch = {.global = 24};
    Scenario noisy = with_noise(quiet, {.mean_s = 0.25});
    const RunResult without = run(quiet), with = run(noisy);
    for (int worker = 0; worker < workers; ++worker) {
      const auto row = static_cast<std::size_t>(worker);
      EXPECT_NEAR(with.rank_rows[row].compute_s - without.rank_rows[row].compute_s, 20 * 0.25, 1e-6) << strategy;
    }
  }
}

TEST(StepNoise, HasTheSameDrawsInEveryWorld) {
  Scenario scenario = small_mlp("ps-sync", 3, "sim");
  scenario.workload.stop.steps = 4;
  scenario.cluster.noise = Noise{.kind = NoiseKind::recorded, .recorded_s = {0, 1e-3, 7e-3, 0.02}};
  const RunResult simulated = run(scenario);
  scenario.world = "threads";
  const RunResult real = run(scenario);
  EXPECT_EQ(real.parameters_sha256, simulated.parameters_sha256);
  for (int worker = 0; worker < 3; ++worker) {
    double delays_s = 0;
    for (std::uint64_t step = 0; step < 4; ++step)
      delays_s += noise_s(*scenario.cluster.noise, scenario.seed, worker, step);
    EXPECT_GT(delays_s, 0);
    const auto row = static_cast<std::size_t>(worker);
    // The arithmetic itself takes microseconds in simulation, and nobody knows how long on a busy machine.
    EXPECT_NEAR(simulated.rank_rows[row].compute_s, delays_s, 1e-3);
    EXPECT_GE(real.rank_rows[row].compute_s, delays_s);
  }
}

}  // namespace
}  // namespace tandem::laws
