// The claims of the shipped scenarios that need no data from outside, checked in what they write.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/scenarios/run_scenario.h"

namespace tandem {
namespace {

TEST(Scenarios, EveryFileOpensWithWhatItIsAboutAndIsNamedAsItsResults) {
  const std::vector<std::string> tested = {"averaging.yaml",
                                           "catalogue.yaml",
                                           "checkpoints.yaml",
                                           "codecs.yaml",
                                           "deaths.yaml",
                                           "experts.yaml",
                                           "fashion-accuracy.yaml",
                                           "hangs.yaml",
                                           "hot-server.yaml",
                                           "joining.yaml",
                                           "linear-regression-10-nodes.yaml",
                                           "lossy-link.yaml",
                                           "oversubscription.yaml",
                                           "own-profile.yaml",
                                           "pipeline.yaml",
                                           "ps-vs-ring.yaml",
                                           "quickstart.yaml",
                                           "recomputation.yaml",
                                           "replay.yaml",
                                           "replicas.yaml",
                                           "server-placements.yaml",
                                           "server-replicas.yaml",
                                           "staleness-rate.yaml",
                                           "staleness.yaml",
                                           "stragglers.yaml",
                                           "thousand-workers.yaml",
                                           "three-ways.yaml",
                                           "two-clusters.yaml",
                                           "uneven-work.yaml",
                                           "whole-tensors.yaml",
                                           "zero-bubble.yaml"};
  std::vector<std::string> files = entries_of(TANDEM_SOURCE_DIR "/scenarios");
  // Folders: what is measured, here and elsewhere, models, and what two-clusters.yaml runs on.
  const std::set<std::string> folders = {"accuracy",  "lessons",  "limits",   "own-profiles",
                                         "platforms", "profiles", "programs", "published"};
  std::erase_if(files, [&](const std::string& file) { return folders.contains(file); });
  EXPECT_EQ(files, tested) << "a scenario without a test of its claim";
  for (const std::string& file : tested) {
    const std::string text = content_of(TANDEM_SOURCE_DIR "/scenarios/" + file);
    EXPECT_TRUE(text.starts_with("# ")) << file;
    EXPECT_NE(text.find("\nname: " + file.substr(0, file.find(".yaml")) + "\nquestion: "), std::string::npos) << file;
  }
}

TEST(LinearRegression, TenWorkersRecoverTheWeightsInEveryWorldToTheSameBits) {
  const Table runs = run_scenario("linear-regression-10-nodes").runs;
  ASSERT_EQ(runs.size(), 3u);
  std::set<std::string> worlds;
  for (const Row& run : runs) {
    EXPECT_LT(number(run, "weights_error"), 1e-3);
    EXPECT_EQ(run.at("workers"), "10");
    EXPECT_EQ(run.at("parameters_sha256"), runs[0].at("parameters_sha256"));
    worlds.insert(run.at("world"));
  }
  EXPECT_EQ(worlds, (std::set<std::string>{"sim", "tcp", "threads"}));
}

// Two rounds of half the model, both ways at once: each connection gets the line without what is sent again, or what
// TCP makes of its losses.
TEST(LossyLink, StepsAreTheFormulas) {
  const Table runs = run_scenario("lossy-link").runs;
  ASSERT_EQ(runs.size(), 12u);
  const double latencies_s[] = {100e-6, 1e-3, 10e-3}, losses[] = {0, 1e-6, 1e-4, 1e-2};
  std::size_t i = 0;
  for (const double latency_s : latencies_s) {
    for (const double loss : losses) {
      double rate = 1.25e9 * (1 - loss);
      if (loss > 0) rate = std::min(rate, 1460 / (2 * latency_s) * std::sqrt(1.5 / loss));
      const double expected_s = 0.01 + 2 * (latency_s + 50e6 / rate);
      EXPECT_NEAR(number(runs[i++], "step_s"), expected_s, 1e-6 * expected_s) << latency_s << ", " << loss;
    }
  }
}

// What the scenario says: bytes of a model over the bandwidth, one latency, the computation of a step.
constexpr double kModelS = 25'600'000 * 4 / 1.25e9, kLatencyS = 20e-6, kComputeS = 0.1;
constexpr double kRelative = 1e-6;

struct PsVsRing : testing::Test {
  static double step_s(const Table& runs, const std::string& strategy, int workers) {
    return number(only_row(runs, {{"strategy_label", strategy}, {"workers", fmt::to_string(workers)}}), "step_s");
  }
};

TEST_F(PsVsRing, AServersStepGrowsWithEveryWorkerARingsDoesNot) {
  const Table runs = run_scenario("ps-vs-ring", {"workload.stop.steps=2"}).runs;
  EXPECT_EQ(runs.size(), 36u);
  for (const int n : {1, 2, 4, 8, 16, 32, 64, 128, 256}) {
    // All push, then all pull, through the one link of a server.
    const double server_s = kComputeS + 2 * (n * kModelS + kLatencyS);
    EXPECT_NEAR(step_s(runs, "ps-sync", n), server_s, kRelative * server_s) << n;
    const double ring_s = kComputeS + 2 * (n - 1) * (kModelS / n + kLatencyS);
    EXPECT_NEAR(step_s(runs, "allreduce ring", n), ring_s, kRelative * ring_s) << n;
  }
  EXPECT_GT(step_s(runs, "ps-sync", 256), 100 * step_s(runs, "ps-sync", 1));
  EXPECT_LT(step_s(runs, "allreduce ring", 256), 1.3 * step_s(runs, "allreduce ring", 4)) << "nearly flat";
  // A server's link is full once n workers send more in a step than it carries: four servers carry four times as much.
  EXPECT_NEAR(step_s(runs, "ps-sync x4", 256), step_s(runs, "ps-sync", 64), kRelative * step_s(runs, "ps-sync", 64));
  EXPECT_LE(step_s(runs, "ps-async", 64), step_s(runs, "ps-sync", 64));
}

TEST(Oversubscription, ARingCrossesARacksBorderOnceHalvingDoublingWithHalfTheGradient) {
  const Table runs = run_scenario("oversubscription").runs;
  EXPECT_EQ(runs.size(), 12u);
  const auto step_s = [&](const std::string& strategy, int factor) {
    return number(
        only_row(runs, {{"strategy_label", strategy}, {"cluster.network.oversubscription", fmt::to_string(factor)}}),
        "step_s");
  };
  constexpr double kHopsS = 2e-6, kRackHosts = 8, kWorkers = 64;
  for (const int factor : {1, 2, 4, 8, 16, 32}) {
    // One chunk a round over each uplink, which is as wide as 8 / factor hosts' links.
    const double slower = std::max(1.0, factor / kRackHosts);
    const double ring_s = kComputeS + 2 * (kWorkers - 1) * (kModelS / kWorkers * slower + kLatencyS + kHopsS);
    // A rank's time begins when it leaves the barrier: ranks do so up to its six rounds apart, over two steps.
    const double skew_s = 6 * (kLatencyS + kHopsS) / 2;
    EXPECT_NEAR(step_s("allreduce ring", factor), ring_s, kRelative * ring_s + skew_s) << factor;
  }
  EXPECT_GT(step_s("allreduce halving-doubling", 8), 2 * step_s("allreduce halving-doubling", 1));
}

TEST(Stragglers, WhoWaitsForAllPaysTheLongestOfSixteenDelaysWhoWaitsForNobodyTheMean) {
  const Table runs = run_scenario("stragglers").runs;
  EXPECT_EQ(runs.size(), 25u);
  const auto cost_in_means = [&](const std::string& strategy) {
    const auto step_s = [&](const std::string& mean) {
      return number(only_row(runs, {{"strategy_label", strategy}, {"cluster.noise.mean", mean}}), "step_s");
    };
    return (step_s("100ms") - step_s("0ms")) / 0.1;
  };
  double longest_of_16 = 0;
  for (int i = 1; i <= 16; ++i) longest_of_16 += 1.0 / i;
  // 50 steps: the mean of 50 maxima is off by 1.26 / sqrt(50) = 0.18 means in one run of three.
  EXPECT_NEAR(cost_in_means("allreduce ring"), longest_of_16, 0.5);
  EXPECT_NEAR(cost_in_means("ps-sync x16"), longest_of_16, 0.5);
  // The slowest of sixteen sums of 50 delays.
  EXPECT_LT(cost_in_means("ps-async x16"), 1.5);
  EXPECT_LT(cost_in_means("ps-async x16 s=4"), cost_in_means("ps-async x16 s=1"));
  EXPECT_LT(cost_in_means("ps-async x16 s=1"), cost_in_means("ps-sync x16"));
}

TEST(TwoClusters, ARingHasWhatOthersLeaveOfTheLinkBetweenThem) {
  const Table runs = run_scenario("two-clusters").runs;
  EXPECT_EQ(runs.size(), 6u);
  const auto step_s = [&](const std::string& strategy, const std::string& background) {
    return number(only_row(runs, {{"strategy_label", strategy}, {"cluster.network.background", background}}), "step_s");
  };
  const std::string none = "[]", one = "[{from: 1, to: 9, bandwidth: 1Gbit/s}]",
                    two = "[{from: 1, to: 9, bandwidth: 2Gbit/s}]";
  // The old hosts are half as fast. Between the clusters a message takes two hosts' links and the one between.
  constexpr double kParameters = 25'557'032, kOldS = 2 * kComputeS, kBetweenLatencyS = 550e-6;
  for (const auto& [background, gbit_per_s] : {std::pair{none, 5}, std::pair{one, 4}, std::pair{two, 3}}) {
    const double round_s = kBetweenLatencyS + kParameters * 4 / 16 / (gbit_per_s * 1.25e8);
    // Sixteen chunks are not quite equal, and ranks leave the barrier up to four rounds apart.
    EXPECT_NEAR(step_s("allreduce ring", background), kOldS + 30 * round_s, 1e-3) << background;
  }
  // Its halves all cross at once: sixteen times the traffic of the ring between the clusters.
  EXPECT_GT(step_s("allreduce halving-doubling", none), step_s("allreduce ring", two));
}

TEST(OwnProfile, AlexNetIsFasterOnlyWhereTheNetworkCarriesItsParameters) {
  const Table runs = run_scenario("own-profile").runs;
  EXPECT_EQ(runs.size(), 12u);
  const auto step_s = [&](const std::string& profile, int gbit_per_s) {
    const std::string bandwidth = fmt::format("{}Gbit/s", gbit_per_s);
    return number(only_row(runs, {{"workload.model.profile", profile}, {"cluster.network.bandwidth", bandwidth}}),
                  "step_s");
  };
  struct Of {
    std::string profile;
    double parameters, multiply_adds, first_layer;  // the first layer's backward pass is one forward pass
  };
  constexpr double kWorkers = 16, kBatch = 32, kSpeed = 5e12;
  for (const Of& model : {Of{"resnet50", 25'557'032, 3.858e9, 0.118e9},
                          Of{"own-profiles/alexnet.yaml", 61'100'840, 0.7142e9, 0.0703e9}}) {
    const double compute_s = kBatch * 2 * (3 * model.multiply_adds - model.first_layer) / kSpeed;
    for (const int gbit_per_s : {1, 5, 10, 25, 50, 100}) {
      const double round_s = kLatencyS + model.parameters * 4 / kWorkers / (gbit_per_s * 1.25e8);
      EXPECT_NEAR(step_s(model.profile, gbit_per_s), compute_s + 2 * (kWorkers - 1) * round_s, 1e-3) << gbit_per_s;
    }
  }
  EXPECT_GT(step_s("own-profiles/alexnet.yaml", 10), step_s("resnet50", 10));
  EXPECT_LT(step_s("own-profiles/alexnet.yaml", 25), step_s("resnet50", 25));
}

// 22.07 billion parameters on eight cards are 49.7 GB of state. The two ways that keep everything do not fit beside it
// in 80 GiB. What is computed anew costs time: attention less than a tenth, everything at least a fifth.
TEST(RecomputationScenario, WhatFitsCostsTimeAndWhatDoesNotIsRefused) {
  const Table fits = run_scenario("recomputation").runs;
  ASSERT_EQ(fits.size(), 4u);
  for (const Row& run : fits) EXPECT_NE(run.at("workload.model.recompute"), "none");
  const Table runs = run_scenario("recomputation", {"cluster.host.memory=1000GB"}).runs;
  ASSERT_EQ(runs.size(), 6u);
  const auto with = [&](const std::string& strategy, const std::string& recompute, const std::string& column) {
    return number(only_row(runs, {{"strategy", strategy}, {"workload.model.recompute", recompute}}), column);
  };
  // Blocks by Korthikanti's formulas; what embeddings and output hand on, 3072 and 25600 values a token, and the
  // gradients.
  constexpr double kBatch = 4.0 * 2048, kBlocks = kBatch * 6144 * 48, kState = 18 * 22'074'273'792.0 / 8;
  constexpr double kPairs = 5 * 64 * 2048 / 6144.0, kEnds = kBatch * 8 * (3072 + 25600);
  const double tensor = kState + kEnds;
  EXPECT_NEAR(with("tensor", "none", "memory_bytes"), tensor + kBlocks * (10 + (24 + kPairs) / 8), 1e3);
  EXPECT_NEAR(with("tensor", "selective", "memory_bytes"), tensor + kBlocks * 13, 1e3);
  EXPECT_NEAR(with("tensor", "full", "memory_bytes"), tensor + kBlocks * 2, 1e3);
  const double between_pairs = kBatch * 6144 * 2, sequence = kState + kEnds / 8 + between_pairs;
  EXPECT_NEAR(with("sequence", "none", "memory_bytes"), sequence + kBlocks * (34 + kPairs) / 8, 1e3);
  EXPECT_NEAR(with("sequence", "selective", "memory_bytes"), sequence + kBlocks * 34 / 8, 1e3);
  for (const char* strategy : {"tensor", "sequence"}) {
    const double kept_s = with(strategy, "none", "step_s");
    EXPECT_GT(with(strategy, "selective", "step_s"), kept_s);
    EXPECT_LT(with(strategy, "selective", "step_s"), 1.1 * kept_s);
    EXPECT_GT(with(strategy, "full", "step_s"), 1.2 * kept_s);
  }
}

// The bubble of K stages, what 1F1B waits for messages, and a ring over d replicas of an n-th of the model.
TEST(ReplicasScenario, BetweenOneLongPipelineAndEightReplicasIsTheBest) {
  const Table runs = run_scenario("replicas").runs;
  ASSERT_EQ(runs.size(), 4u);
  const auto with = [&](int replicas, const std::string& column) {
    return number(only_row(runs, {{"strategy.replicas", fmt::to_string(replicas)}}), column);
  };
  constexpr double kModel = 4e9 / 12.5e9, kAll = 64 / 10.0 / 8, kMicrobatches = 8, kLatency = 10e-6;
  for (const int d : {1, 2, 4, 8}) {
    const double k = 8.0 / d, hop_s = 8.0 / d * 4e6 / 12.5e9 + kLatency;
    const double hops = k == 1 ? 0 : 2 * (k - 1) * kMicrobatches / k + 2 * (k - 2);
    const double law_s =
        kAll * (1 + (k - 1) / kMicrobatches) + hops * hop_s + 2 * (d - 1) * (kModel / k / d + kLatency);
    EXPECT_NEAR(with(d, "step_s"), law_s, kRelative * law_s) << d;
    // Adam in float32, and on the first stage the sixteen layers' outputs of eight micro-batches, with their gradients.
    EXPECT_NEAR(with(d, "memory_bytes"), 16e9 / k + 16 * 8.0 / d * 8e6, 1) << d;
  }
  EXPECT_LT(with(4, "step_s"), 0.9 * with(1, "step_s"));
  EXPECT_LT(with(4, "step_s"), 0.9 * with(8, "step_s"));
}

// 64 all-to-alls of 64 experts, 1,024 tokens of each worker and 1,024 values; rings over all 32 workers, and over those
// with the same experts.
TEST(ExpertsScenario, SpreadOverANodeForLittleTimeAndFurtherForMuch) {
  const Table runs = run_scenario("experts").runs;
  ASSERT_EQ(runs.size(), 6u);
  const auto with = [&](int degree, const std::string& column) {
    return number(only_row(runs, {{"strategy.degree", fmt::to_string(degree)}}), column);
  };
  constexpr double kExperts = 16 * 402653184.0, kShared = 6919161856.0 - kExperts, kTokens = 64 * 1024 * 1024.0;
  for (const int e : {1, 2, 4, 8, 16, 32}) {
    const double gradients = 2 * 31 * kShared + 2 * (32.0 / e - 1) * kExperts, tokens = e == 1 ? 0 : 32 * 64 * kTokens;
    EXPECT_EQ(with(e, "bytes_sent"), 4 * (gradients + tokens)) << e;
    EXPECT_NEAR(with(e, "compute_s"), with(1, "compute_s"), 1e-9) << "even routing, without padding";
    const double room = e == 1 ? -2 * 4 * kTokens : 0;
    EXPECT_NEAR(with(e, "memory_bytes") - with(32, "memory_bytes"), 18 * kExperts * (1.0 / e - 1.0 / 32) + room, 1)
        << e;
  }
  EXPECT_LT(with(8, "step_s"), 1.06 * with(1, "step_s"));
  EXPECT_LT(with(8, "memory_bytes"), 0.3 * with(1, "memory_bytes"));
  EXPECT_GT(with(16, "step_s"), 1.4 * with(8, "step_s"));
  EXPECT_GT(with(16, "memory_bytes"), 0.8 * with(8, "memory_bytes"));
}

// Any more of one way, at the cost of another, is slower; and what a rank holds follows from how many share the model.
TEST(ThreeWaysScenario, TensorsFillANodeAndStagesAndReplicasShareTheRest) {
  const Table runs = run_scenario("three-ways").runs;
  ASSERT_EQ(runs.size(), 11u) << "four replicas have no sixteen ranks";
  const auto with = [&](int tensor, int replicas, const std::string& column = "step_s") {
    return number(
        only_row(runs, {{"strategy.tensor", fmt::to_string(tensor)}, {"strategy.replicas", fmt::to_string(replicas)}}),
        column);
  };
  for (const Row& run : runs) EXPECT_GE(number(run, "step_s"), with(8, 2)) << run.at("strategy_label");
  EXPECT_GT(with(16, 2), 1.15 * with(8, 2)) << "sums inside layers pass the nodes' links";
  EXPECT_GT(with(16, 1), 1.05 * with(8, 1)) << "though half as many stages wait for each other";
  EXPECT_GT(with(8, 1), 1.05 * with(8, 2)) << "a bubble of 3/8 instead of 1/8";
  EXPECT_GT(with(8, 4), 1.05 * with(8, 2)) << "every rank sums twice as many gradients, of four replicas";
  EXPECT_LT(with(2, 4), 1.1 * with(8, 2)) << "what is left to choose costs little";
  // 18 bytes of state per parameter, shared among the 32/d ranks of a replica.
  for (const int tensor : {2, 4, 8}) {
    EXPECT_GT(with(tensor, 4, "memory_bytes"), 18 * 22.07e9 / 8) << tensor;
    EXPECT_LT(with(tensor, 1, "memory_bytes"), 18 * 22.07e9 / 8) << tensor;
  }
}

TEST(Pipeline, AStepTakesAsLongAsTheBubbleLawSays) {
  const Table runs = run_scenario("pipeline").runs;
  EXPECT_EQ(runs.size(), 28u);
  constexpr double kBatch = 256, kFlopsPerSample = 6e9, kSpeed = 1e12, kActivations = 65536;
  for (const int m : {1, 2, 4, 8, 16, 32, 64}) {
    for (const int k : {1, 2, 4, 8}) {
      const double microbatch_s = kBatch / m * kFlopsPerSample / k / kSpeed;
      const double hop_s = kBatch / m * kActivations * 4 / 1.25e9 + kLatencyS;
      // While the pipeline fills and empties each boundary's message is waited for once each way.
      const double law_s = (m + k - 1) * microbatch_s + 2 * (k - 1) * hop_s;
      const Row& run = only_row(runs, {{"strategy.microbatches", fmt::to_string(m)}, {"workers", fmt::to_string(k)}});
      EXPECT_NEAR(number(run, "step_s"), law_s, kRelative * law_s) << m << " micro-batches, " << k << " stages";
    }
  }
}

TEST(HotServer, WholeTensorsWaitForWhoeverHoldsTheLargest) {
  const Table runs = run_scenario("hot-server").runs;
  ASSERT_EQ(runs.size(), 4u);
  const auto of = [&](const std::string& strategy, const std::string& column) {
    return number(only_row(runs, {{"strategy_label", strategy}}), column);
  };
  // A server sends each of eight workers what it holds, in each of three steps: a quarter, or at least layer fc6.
  constexpr double kParameters = 138'357'544, kLargest = 102'764'544, kEach = 3 * 8 * 4;
  EXPECT_NEAR(of("ps-sync x4", "max_bytes_sent_per_rank"), kEach * kParameters / 4, kEach);
  const double hottest = of("ps-sync x4 emptiest", "max_bytes_sent_per_rank");
  EXPECT_GE(hottest, kEach * kLargest);
  EXPECT_LT(hottest, 1.05 * kEach * kLargest) << "with what it held before";
  EXPECT_GT(of("ps-sync x4 round-robin", "max_bytes_sent_per_rank"), hottest);
  EXPECT_NEAR(of("ps-sync x4 aggregate", "bytes_sent") / of("ps-sync x4", "bytes_sent"), 1, 0.01)
      << "what is not pushed goes inside the nodes";
  const double extra_s = of("ps-sync x4 emptiest", "step_s") - of("ps-sync x4", "step_s");
  // Its first shards are answered while the last are pushed.
  EXPECT_NEAR(extra_s, 2 * 8 * (hottest / kEach - kParameters / 4) * 4 / 5e9, 0.03 * extra_s);
  EXPECT_LT(of("ps-sync x4 aggregate", "step_s"), of("ps-sync x4", "step_s"));
}

// Adam keeps 8 bytes per parameter, in float32. Each value is told once more, and every tensor fills a chain of its
// own.
TEST(WholeTensors, LeaveTheOwnerOfTheLargestMostOfTheState) {
  const Table runs = run_scenario("whole-tensors").runs;
  ASSERT_EQ(runs.size(), 3u);
  const auto of = [&](const std::string& strategy, const std::string& column) {
    return number(only_row(runs, {{"strategy_label", strategy}}), column);
  };
  constexpr double kParameters = 138'357'544, kLargest = 25'088 * 4'096;
  const double all = of("allreduce ring", "memory_bytes");
  EXPECT_NEAR(all - of("zero ring stage 1", "memory_bytes"), 8 * kParameters * 7 / 8, 1);
  EXPECT_NEAR(all - of("zero-tensors ring", "memory_bytes"), 8 * (kParameters - kLargest), 1);
  const double reduced_s = of("allreduce ring", "step_s"), told_s = kParameters * 4 / 5e9;
  EXPECT_NEAR(of("zero ring stage 1", "step_s"), reduced_s, 1e-3 * reduced_s);
  const double longer_s = of("zero-tensors ring", "step_s") - reduced_s;
  EXPECT_GT(longer_s, told_s);
  EXPECT_LT(longer_s, 1.25 * told_s);
}

TEST(UnevenWork, AsksForMoreWhoeverIsFast) {
  const Table runs = run_scenario("uneven-work").runs;
  EXPECT_EQ(runs.size(), 5u) << "who deals out tasks takes no partition";
  const auto step_s = [&](const std::string& strategy, const std::string& partition = "range") {
    const Row& run = only_row(runs, {{"strategy_label", strategy}, {"workload.partition", partition}});
    return number(run, "time_s") / 6;
  };
  const auto of = [&](const std::string& strategy, const std::string& column) {
    return number(only_row(runs, {{"strategy_label", strategy}, {"workload.partition", "range"}}), column);
  };
  // 1040 samples of 0.1 Gflop: 52 Gflop/s take 2 s, the slowest host with an eighth 13 s. The ring takes 6.3 ms.
  constexpr double kRing_s = 14 * (4e6 / 8 / 1.25e9 + 50e-6);
  EXPECT_NEAR(step_s("allreduce ring", "speed"), 2.0 + kRing_s, 1e-3);
  EXPECT_NEAR(step_s("allreduce ring"), 13.0 + kRing_s, 1e-3);
  EXPECT_NEAR(of("allreduce ring", "imbalance"), 13.0 / ((4 * 1.3 + 2 * 2.6 + 2 * 13.0) / 8) - 1, 1e-3);
  // A task is a second on the slowest host. A master also gets a gradient per task.
  EXPECT_LT(step_s("work-stealing ring T=104"), 2.0 + 1 + 0.1);
  EXPECT_LT(step_s("master-worker T=104 kept"), 2.0 + 1 + 0.5);
  EXPECT_LT(step_s("master-worker T=104"), step_s("master-worker T=104 kept"));
  EXPECT_LT(of("work-stealing ring T=104", "idle_share"), of("allreduce ring", "idle_share") / 2);
}

TEST(ZeroBubble, EachScheduleFillsWhatItPromises) {
  const Table runs = run_scenario("zero-bubble").runs;
  EXPECT_EQ(runs.size(), 6u);
  // Units of one pass of one stage, 2 ms: 24 of work. The stages of the zero-bubble schedules begin and end one after
  // the other, which a run of ten steps pays once.
  const std::map<std::string, double> units = {
      {"pipeline m=8", 33},       {"pipeline m=8 1f1b", 33},        {"pipeline m=8 interleaved", 28.5},
      {"pipeline m=8 zb-h1", 27}, {"pipeline m=8 zb-h2", 24 + 0.3}, {"pipeline m=8 zb-v", 24 + 0.15}};
  for (const auto& [label, expected] : units) {
    const double step_s = number(only_row(runs, {{"strategy_label", label}}), "step_s");
    EXPECT_NEAR(step_s, 2e-3 * expected, kRelative * step_s) << label;
  }
}

}  // namespace
}  // namespace tandem
