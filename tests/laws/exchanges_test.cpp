// What data-parallel exchanges promise beyond their traffic: which of them end with whose bits, what averaging does to
// workers' parameters, how long a step with backup workers lasts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "algorithms/strategies/strategy.h"
#include "core/config/diagnostics.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

constexpr std::uint64_t kParameters = 794, kSteps = 6;

RunResult run_of(const std::string& strategy, int workers, const std::string& world = "threads",
                 const OptimizerSpec& optimizer = {.lr = 0.05, .momentum = 0.9}) {
  Scenario scenario = small_mlp(strategy, workers, world);
  scenario.workload.optimizer = optimizer;
  return run(scenario);
}

std::string digest_of(const std::string& strategy, int workers, const std::string& world = "threads",
                      const OptimizerSpec& optimizer = {.lr = 0.05, .momentum = 0.9}) {
  return run_of(strategy, workers, world, optimizer).parameters_sha256;
}

struct Expected {
  std::string strategy;
  int workers;
  std::uint64_t messages, values;  ///< sent in the run, by all
};

std::ostream& operator<<(std::ostream& out, const Expected& e) { return out << e.strategy << " x" << e.workers; }

class Exchanges : public testing::TestWithParam<Expected> {};

TEST_P(Exchanges, SendTheirClosedFormAndEndWithTheSameBitsInEveryWorld) {
  const Expected& expected = GetParam();
  std::string digest;
  for (const std::string& world : runnable_worlds()) {
    const RunResult result = run_of(expected.strategy, expected.workers, world);
    EXPECT_EQ(result.messages_sent, expected.messages) << world;
    EXPECT_EQ(result.bytes_sent, 4 * expected.values) << world;
    if (digest.empty()) digest = result.parameters_sha256;
    EXPECT_EQ(result.parameters_sha256, digest) << world;
  }
}

// Around a ring of n an all-reduce sends 2 (n-1) messages per rank and every value 2 (n-1) times; either half, half.
constexpr std::uint64_t kP = kParameters;
INSTANTIATE_TEST_SUITE_P(
    Averaging, Exchanges,
    testing::Values(Expected{"{name: diloco, period: 4}", 3, 2 * 3 * 4, 2 * 4 * kP},
                    Expected{"{name: diloco, period: 3}", 1, 0, 0},
                    Expected{"{name: easgd, period: 2}", 4, 3 * 4 * 6, 3 * 6 * kP},
                    Expected{"{name: easgd, period: 7}", 2, 1 * 2 * 2, 1 * 2 * kP}, Expected{"{name: gossip}", 1, 0, 0},
                    Expected{"{name: gossip}", 2, kSteps * 2, kSteps * 2 * kP},
                    Expected{"{name: gossip}", 5, kSteps * 5 * 2, kSteps * 5 * 2 * kP},
                    Expected{"{name: gossip, graph: torus}", 8, kSteps * 8 * 3, kSteps * 8 * 3 * kP},
                    Expected{"{name: gossip, graph: complete}", 4, kSteps * 4 * 3, kSteps * 4 * 3 * kP},
                    Expected{"{name: gossip, graph: random}", 7, kSteps * 7 * 2, kSteps * 7 * 2 * kP}));

// The first of two fragments is summed after steps 3 and 6, the second after 4 and 6. In three rounds, each has half of
// the clients up, and the next round's down.
INSTANTIATE_TEST_SUITE_P(
    Fragments, Exchanges,
    testing::Values(Expected{"{name: streaming-diloco, period: 3, fragments: 2, delay: 2}", 3, 4 * 3 * 4, 2 * 4 * kP},
                    Expected{"{name: streaming-diloco, period: 3, fragments: 1, delay: 0}", 4, 2 * 4 * 6, 2 * 6 * kP},
                    Expected{"{name: fedavg, period: 2}", 6, 3 * 3 + 2 * 3, (3 * 3 + 2 * 3) * kP},
                    Expected{"{name: fedavg, period: 4, fraction: 0.2}", 3, 2 * 1 + 1, (2 * 1 + 1) * kP}));

INSTANTIATE_TEST_SUITE_P(
    Sharding, Exchanges,
    testing::Values(Expected{"{name: zero}", 1, 0, 0}, Expected{"{name: zero}", 3, kSteps * 3 * 4, kSteps * 4 * kP},
                    Expected{"{name: zero, stage: 2, bucket: 4B, overlap: true}", 4, kSteps * 9 * 4 * 6,
                             kSteps * 6 * kP},
                    Expected{"{name: zero, stage: 3, bucket: 4B}", 3, kSteps * 9 * 3 * 6, kSteps * 6 * kP},
                    Expected{"{name: zero, stage: 3, collective: direct}", 8, kSteps * 8 * 21, kSteps * 21 * kP}));

TEST(DiLoCo, WithAnOuterRateOfOneAndNoMomentumIsLocalSgdToTheBit) {
  for (const int workers : {1, 2, 5}) {
    for (const char* codec : {"", ", codec: fp16", ", codec: {name: top-k, ratio: 0.2}"}) {
      EXPECT_EQ(
          digest_of(fmt::format("{{name: diloco, period: 2, outer_rate: 1, outer_momentum: 0{}}}", codec), workers),
          digest_of(fmt::format("{{name: local-sgd, period: 2{}}}", codec), workers))
          << workers << codec;
    }
  }
  EXPECT_NE(digest_of("{name: diloco, period: 2}", 2), digest_of("{name: local-sgd, period: 2}", 2));
}

TEST(DiLoCo, TakesNesterovsOuterStep) {
  // One agreement, of velocity 0 before: c - rate (1 + momentum) (c - mean).
  const std::vector<float> start = run_of("{name: local-sgd, period: 6}", 3, "threads", {.lr = 1e-30}).parameters;
  const std::vector<float> mean = run_of("{name: local-sgd, period: 6}", 3).parameters;
  const std::vector<float> outer = run_of("{name: diloco, period: 6}", 3).parameters;
  for (std::size_t i = 0; i < start.size(); ++i) {
    EXPECT_NEAR(outer[i], start[i] - 0.7 * 1.9 * (start[i] - mean[i]), 1e-6) << i;
  }
}

TEST(StreamingDiLoCo, OfOneFragmentWithoutDelayAndMixingIsDiLoCoToTheBit) {
  for (const char* codec : {"", ", codec: {name: qsgd, bits: 4}"}) {
    EXPECT_EQ(
        digest_of(fmt::format("{{name: streaming-diloco, period: 2, fragments: 1, delay: 0, mixing: 0{}}}", codec), 3),
        digest_of(fmt::format("{{name: diloco, period: 2{}}}", codec), 3));
  }
}

TEST(StreamingDiLoCo, SumsWhileTheWorkersGoOn) {
  // A sum takes about as long as a step: beside the steps it costs nothing, before them it does.
  const auto time_s = [](const std::string& strategy) {
    Scenario scenario = phantom(strategy, 4, 1'000'000, 4, 1e9);
    scenario.workload.stop.steps = 40;
    scenario.cluster.network.bandwidth_bytes_per_s = 4e7;
    return run(scenario).time_s;
  };
  const double compute_s = 40 * 8 * 1e9 / 50e9;
  const double blocking_s = time_s("{name: diloco, period: 4}"),
               beside_s = time_s("{name: streaming-diloco, period: 4, fragments: 4, delay: 2}");
  EXPECT_GT(blocking_s, 1.2 * compute_s);
  EXPECT_LT(beside_s, compute_s + 0.35 * (blocking_s - compute_s)) << "only the last sum waits";
}

TEST(FedAvg, OfAllClientsIsLocalSgd) {
  for (const int workers : {1, 4}) {
    const RunResult federated = run_of("{name: fedavg, period: 3, fraction: 1}", workers, "threads", {.lr = 0.05});
    const RunResult local = run_of("{name: local-sgd, period: 3}", workers, "threads", {.lr = 0.05});
    for (std::size_t i = 0; i < kParameters; ++i) {
      // 26 rows are not the same for each of four workers: weights differ from a quarter by a seventh.
      EXPECT_NEAR(federated.parameters[i], local.parameters[i], workers == 1 ? 1e-6 : 0.01) << i;
    }
    EXPECT_EQ(federated.samples, local.samples);
  }
}

TEST(FedAvg, OnlyDrawnClientsCompute) {
  const RunResult result = run_of("{name: fedavg, period: 2, fraction: 0.5}", 6);
  EXPECT_LT(result.samples, 0.6 * 6 * 26);
  EXPECT_GT(result.samples, 0.4 * 6 * 26);
  for (const StepResult& row : result.step_rows)
    EXPECT_GT(row.train_loss, 0.01) << "a mean over the drawn clients' rows";
}

TEST(Easgd, MovesTheCentreByItsElasticityTowardsTheMean) {
  const std::vector<float> start = run_of("{name: local-sgd, period: 6}", 3, "threads", {.lr = 1e-30}).parameters;
  const std::vector<float> mean = run_of("{name: local-sgd, period: 6}", 3).parameters;
  for (const double elasticity : {0.1, 0.5, 1.0}) {
    const std::vector<float> centre =
        run_of(fmt::format("{{name: easgd, period: 6, elasticity: {}}}", elasticity), 3).parameters;
    for (std::size_t i = 0; i < start.size(); ++i) {
      EXPECT_NEAR(centre[i], (1 - elasticity) * start[i] + elasticity * mean[i], 1e-6) << i;
    }
  }
}

TEST(Gossip, OfOneWorkerIsItsOwnTraining) { EXPECT_EQ(digest_of("gossip", 1), digest_of("single", 1)); }

TEST(Zero, EndsWithTheBitsOfTheAllReduceWhoseSumsItTakes) {
  const OptimizerSpec adam{.kind = OptimizerKind::adam, .lr = 0.01};
  for (const int workers : {1, 2, 3, 8}) {
    for (const char* loop : {"", ", bucket: 512B", ", bucket: 512B, overlap: true", ", accumulate: 2"}) {
      const std::string expected =
          digest_of(fmt::format("{{name: allreduce, collective: direct{}}}", loop), workers, "threads", adam);
      for (const int stage : {1, 2, 3}) {
        EXPECT_EQ(digest_of(fmt::format("{{name: zero, stage: {}, collective: direct{}}}", stage, loop), workers,
                            "threads", adam),
                  expected)
            << stage << ", " << workers << loop;
      }
    }
  }
}

TEST(ZeroTensors, EndsWithTheBitsOfTheAllReduce) {
  const OptimizerSpec adam{.kind = OptimizerKind::adam, .lr = 0.01};
  for (const int workers : {1, 2, 3, 8}) {
    for (const char* loop : {"", ", bucket: 512B, overlap: true", ", accumulate: 2", ", codec: fp16"}) {
      for (const std::string& world : worlds_for(workers)) {
        EXPECT_EQ(digest_of(fmt::format("{{name: zero-tensors{}}}", loop), workers, world, adam),
                  digest_of(fmt::format("{{name: allreduce{}}}", loop), workers, "threads", adam))
            << world << ", " << workers << loop;
      }
    }
  }
}

TEST(BackupWorkers, NoneIsTheSynchronousServer) {
  for (const std::string& world : runnable_worlds()) {
    for (const int workers : {1, 3}) {
      EXPECT_EQ(digest_of("{name: backup-workers, backups: 0}", workers, world), digest_of("ps-sync", workers, world))
          << world;
    }
  }
}

/// The mean time between steps of `workers` who take exponential times of mean 1, of which `backups` are not waited
/// for; who is late ends what it began.
double mean_step(int workers, int backups, int steps) {
  std::mt19937_64 stream(11);
  std::exponential_distribution<double> duration(1);
  struct Worker {
    double ends_s;
    int step;
    bool waits = false;
  };
  std::vector<Worker> all;
  for (int i = 0; i < workers; ++i) all.push_back({duration(stream), 0});
  double now_s = 0;
  for (int step = 0, counted = 0; step < steps;) {
    Worker* next = nullptr;
    for (Worker& worker : all) {
      if (!worker.waits && (next == nullptr || worker.ends_s < next->ends_s)) next = &worker;
    }
    now_s = next->ends_s;
    if (next->step < step) {
      *next = {now_s + duration(stream), step};
      continue;
    }
    next->waits = true;
    if (++counted < workers - backups) continue;
    counted = 0;
    ++step;
    for (Worker& worker : all) {
      if (worker.waits) worker = {now_s + duration(stream), step};
    }
  }
  return now_s / steps;
}

double harmonic(int n) { return n == 0 ? 0 : 1.0 / n + harmonic(n - 1); }

TEST(BackupWorkers, AreNotWaitedFor) {
  constexpr int kWorkers = 20;
  double before = 1e9;
  for (const int backups : {0, 1, 4}) {
    Scenario scenario = phantom(fmt::format("{{name: backup-workers, backups: {}}}", backups), kWorkers, 10, 1, 1);
    scenario.workload.stop.steps = 400;
    scenario.cluster.noise = Noise{.kind = NoiseKind::exponential, .mean_s = 1};
    const double step_s = run(scenario).time_s / 400;
    const double bound = harmonic(kWorkers) - harmonic(backups);
    EXPECT_GT(step_s, 0.95 * bound) << "workers who drop their work at once would be as fast";
    EXPECT_NEAR(step_s / mean_step(kWorkers, backups, 20'000), 1, 0.06) << backups;
    EXPECT_LT(step_s, before);
    before = step_s;
  }
}

TEST(BackupWorkers, StillTrain) {
  Scenario scenario = small_mlp("{name: backup-workers, backups: 2}", 5, "sim");
  scenario.workload.stop.steps = 40;
  scenario.cluster.speed_flops_per_s = 1e5;  // computation is what a step takes
  scenario.cluster.slowdowns = {{.ranks = 0, .factor = 40}};
  const RunResult result = run(scenario);
  EXPECT_LT(result.train_loss, 0.7 * run_of("single", 1).step_rows.front().train_loss);
  // The slow worker is hardly ever among the first three.
  std::size_t steps_of_slow = 0, steps_of_fast = 0;
  for (const StepResult& row : result.step_rows) (row.worker == 0 ? steps_of_slow : steps_of_fast) += 1;
  EXPECT_LT(steps_of_slow, steps_of_fast / 16);
}

TEST(AdPsgd, WorkersTakeStepsAtTheirOwnRates) {
  // One of 16 is ten times slower: 15.1 worker-steps per step's time. A synchronous run takes 1.6.
  const auto steps_per_step_time = [](const std::string& strategy) {
    Scenario scenario = phantom(strategy, 16, 1000, 1, 1e9);
    scenario.workload.stop.steps = 60;
    scenario.cluster.slowdowns = {{.ranks = 3, .factor = 10}};
    const double step_s = 8 * 1e9 / 50e9;
    std::size_t steps = 0;
    for (const StepResult& row : run(scenario).step_rows) {
      if (row.time_s < 50.5 * step_s) steps += row.samples / 8;
    }
    return static_cast<double>(steps) / 50;
  };
  EXPECT_NEAR(steps_per_step_time("ad-psgd"), 15.1, 0.3);
  EXPECT_NEAR(steps_per_step_time("allreduce"), 1.6, 0.1);
}

TEST(AdPsgd, Trains) {
  for (const int workers : {1, 2, 8}) {
    Scenario scenario = small_mlp("ad-psgd", workers, "sim");
    scenario.workload.stop.steps = 40;
    scenario.workload.optimizer = {.lr = 0.02};
    EXPECT_LT(run(scenario).train_loss, 0.7 * run_of("single", 1).step_rows.front().train_loss) << workers;
    scenario.world = "threads";
    EXPECT_TRUE(std::isfinite(run(scenario).train_loss)) << workers;
  }
}

// A step takes three milliseconds, and an active worker needs two of its own for a pair, and one of the other's.
TEST(AdPsgd, PairsMeetWhileTheyTrainInEveryWorld) {
  constexpr std::size_t kActive = 3, kTaken = 40;
  for (const std::string& world : worlds_for(2 * kActive)) {
    Scenario scenario = small_mlp("ad-psgd", 2 * kActive, world);
    scenario.workload.stop.steps = kTaken;
    scenario.cluster.emulate_speed = true;
    scenario.cluster.speed_flops_per_s = 6e6;
    EXPECT_GT(run(scenario).messages_sent, 2 * kActive * kTaken + 2 * kActive * kTaken / 8) << world;
  }
}

TEST(RateByStaleness, IsTheFullRateWhereNothingIsStale) {
  for (const int workers : {1, 3}) {
    EXPECT_EQ(digest_of("{name: ps-async, staleness: 0, rate_by_staleness: true}", workers),
              digest_of("ps-sync", workers));
  }
  EXPECT_EQ(digest_of("{name: ps-async, rate_by_staleness: true}", 1), digest_of("ps-sync", 1));
}

TEST(RateByStaleness, IsSlowerAndSaferWhereGradientsAreOld) {
  // A rate at which gradients of seven updates ago diverge.
  const auto loss = [](const char* strategy) {
    Scenario scenario = small_mlp(strategy, 8, "sim");
    scenario.workload.optimizer = {.lr = 1.0};
    scenario.workload.stop.steps = 40;
    scenario.cluster.network.bandwidth_bytes_per_s = 1e5;
    return run(scenario).train_loss;
  };
  const double aware = loss("{name: ps-async, rate_by_staleness: true}");
  EXPECT_TRUE(std::isfinite(aware));
  EXPECT_FALSE(loss("ps-async") < 2 * aware) << "it may have diverged to what is no number";
}

TEST(Exchanges, RefuseWhatHasNoMeaning) {
  const auto refusal = [](const std::string& text, double stop_loss = 0) {
    Scenario scenario = small_mlp(text, 3, "sim");
    if (stop_loss > 0) scenario.workload.stop.loss = stop_loss;
    static const Dataset data = load_dataset(scenario.workload.data, scenario.workload.loss, scenario.seed);
    const Job job = make_job(scenario.workload, scenario.strategy, 3, 7, &data);
    return strategy_of(job.strategy).refusal(job).value_or("");
  };
  EXPECT_NE(refusal("{name: backup-workers, backups: 3}").find("none of 3 workers"), std::string::npos);
  EXPECT_NE(refusal("{name: backup-workers, servers: 2}").find("whole gradients"), std::string::npos);
  EXPECT_NE(refusal("{name: backup-workers, overlap: true}").find("whole gradients"), std::string::npos);
  EXPECT_EQ(refusal("{name: backup-workers, backups: 2}"), "");
  EXPECT_NE(refusal("ad-psgd").find("even number"), std::string::npos);
  EXPECT_NE(refusal("{name: zero, collective: naive}").find("reduce-scatter"), std::string::npos);
  EXPECT_NE(refusal("{name: streaming-diloco, period: 4, delay: 4}").find("twice at once"), std::string::npos);
  for (const char* name : {"diloco", "easgd", "local-sgd", "fedavg", "streaming-diloco"}) {
    EXPECT_NE(refusal(name, 0.1).find("agrees after its last step"), std::string::npos) << name;
  }
  for (const char* text :
       {"{name: zero, stage: 0}", "{name: zero, stage: 4}", "{name: diloco, period: 0}",
        "{name: diloco, outer_momentum: 1}", "{name: diloco, outer_rate: 0}", "{name: easgd, elasticity: 0}",
        "{name: easgd, elasticity: 1.5}", "{name: gossip, graph: star}", "{name: gossip, collective: ring}",
        "{name: gossip, consensus_rate: 0}", "{name: backup-workers, backups: -1}", "{name: fedavg, fraction: 0}",
        "{name: fedavg, fraction: 1.5}", "{name: streaming-diloco, fragments: 0}",
        "{name: streaming-diloco, mixing: 1}"}) {
    EXPECT_THROW(parse_strategy(text), ScenarioError) << text;
  }
}

}  // namespace
}  // namespace tandem::laws
