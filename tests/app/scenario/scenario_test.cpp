// What scenario files mean: defaults, units, grids, overrides, and the resolved scenario that run.json holds.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "algorithms/exchanges/parameter_server.h"
#include "algorithms/strategies/stage.h"
#include "algorithms/strategies/strategy.h"
#include "app/scenario/loader.h"
#include "app/scenario/scenario_fields.h"
#include "tests/app/scenario/scenario_of.h"

namespace tandem {
namespace {

const std::string kDesign = R"(tandem: 1
name: ps-vs-ring
question: At how many workers does a parameter server stop helping?
seed: 42
workload:
  model: {name: mlp, hidden: [256, 128]}    # linear | softmax | mlp | profile
  data: {source: fashion-mnist, standardize: true, validation: 0.1}   # synthetic-linear | fashion-mnist | csv | idx
  partition: range                          # range | hash
  loss: cross-entropy                       # mse | cross-entropy
  optimizer: {name: sgd, lr: 0.05, momentum: 0.9}
  batch: {global: 512}                      # global = strong scaling, per_worker = weak; one of the two, never guessed
  stop: {steps: 200}                        # or epochs, or loss
strategy: {name: allreduce, collective: ring, bucket: 4MiB, overlap: true}
world: sim
cluster:
  workers: 8
  host: {speed: 50Gflop/s}
  network: {topology: star, bandwidth: 10Gbit/s, latency: 20us, model: neutral}
sweep:
  grid:
    strategy: [{name: allreduce, collective: ring}, {name: ps-sync, servers: 2}, {name: ps-async}, {name: pipeline, microbatches: 8}]
    cluster.workers: [1, 2, 4, 8, 16, 32]
    world: [sim, threads]
  repeat: 3
report:
  - {figure: scaling, x: cluster.workers, y: samples_per_s, series: strategy, ideal: true}
)";

std::string without(const std::string& text, const std::string& from) { return text.substr(0, text.find(from)); }

TEST(Scenario, OfTheDesignHasEveryValueAsWritten) {
  const Scenario s = scenario_of(without(kDesign, "sweep:"));
  EXPECT_EQ(s.name, "ps-vs-ring");
  EXPECT_EQ(s.question, "At how many workers does a parameter server stop helping?");
  EXPECT_EQ(s.seed, 42u);
  EXPECT_EQ(s.workload.model.kind, ModelKind::mlp);
  EXPECT_EQ(s.workload.model.hidden, (std::vector<std::size_t>{256, 128}));
  EXPECT_EQ(s.workload.data.source, DataSource::fashion_mnist);
  EXPECT_TRUE(s.workload.data.standardize);
  EXPECT_EQ(s.workload.data.validation, 0.1);
  EXPECT_EQ(s.workload.partition, Partitioning::range);
  EXPECT_EQ(s.workload.loss, Loss::cross_entropy);
  EXPECT_EQ(s.workload.optimizer.kind, OptimizerKind::sgd);
  EXPECT_EQ(s.workload.optimizer.lr, 0.05);
  EXPECT_EQ(s.workload.optimizer.momentum, 0.9);
  EXPECT_EQ(s.workload.batch.global, 512u);
  EXPECT_EQ(s.workload.batch.per_worker, 0u);
  EXPECT_EQ(s.workload.stop.steps, 200u);
  EXPECT_EQ(s.workload.stop.epochs, 0);
  EXPECT_FALSE(s.workload.stop.loss);
  EXPECT_EQ(strategy_label(s.strategy), "allreduce ring overlap 4MiB");
  EXPECT_EQ(s.world, "sim");
  EXPECT_EQ(s.payload, Payload::numeric);
  EXPECT_EQ(s.cluster.workers, 8);
  EXPECT_EQ(s.cluster.speed_flops_per_s, 50e9);
  EXPECT_EQ(s.cluster.network.topology, "star");
  EXPECT_EQ(s.cluster.network.bandwidth_bytes_per_s, 1.25e9);
  EXPECT_EQ(s.cluster.network.latency_s, 20e-6);
  EXPECT_EQ(s.cluster.network.model.name, "neutral");
  EXPECT_FALSE(s.cluster.emulate_speed);
}

TEST(Scenario, SweptMappingsShowWhatTellsThemApart) {
  const Plan plan = parse_plan(R"(tandem: 1
name: apart
question: Which network?
workload: {model: {name: profile, parameters: 1000, flops_per_sample: 1flop}, batch: {per_worker: 1}, stop: {steps: 1}}
strategy: {name: allreduce}
world: sim
sweep:
  grid:
    cluster.network:
      - {latency: 1us, bandwidth: 1Gbit/s, topology: star}
      - {bandwidth: 1Gbit/s, latency: 1us, topology: two-tier, hosts_per_rack: 2}
)",
                               "x.yaml");
  ASSERT_EQ(plan.points.size(), 2u);
  EXPECT_EQ(plan.points[0].factors[0].second, "{topology: star}");
  EXPECT_EQ(plan.points[1].factors[0].second, "{topology: two-tier, hosts_per_rack: 2}");
}

TEST(Scenario, OfTheDesignHasItsWholeGrid) {
  const Plan plan = parse_plan(kDesign, "x.yaml");
  ASSERT_EQ(plan.points.size(), 4u * 6u * 2u);
  EXPECT_EQ(plan.repeat, 3);
  using Factors = std::vector<std::pair<std::string, std::string>>;
  const Factors first = {{"strategy", "allreduce ring"}, {"cluster.workers", "1"}, {"world", "sim"}};
  const Factors second = {{"strategy", "allreduce ring"}, {"cluster.workers", "1"}, {"world", "threads"}};
  const Factors last = {{"strategy", "pipeline m=8"}, {"cluster.workers", "32"}, {"world", "threads"}};
  EXPECT_EQ(plan.points.front().factors, first);
  EXPECT_EQ(plan.points[1].factors, second) << "the last key varies fastest";
  EXPECT_EQ(plan.points.back().factors, last);
  EXPECT_EQ(plan.points.back().scenario.strategy.get<PipelineOptions>().microbatches, 8);
  EXPECT_EQ(plan.points.back().scenario.cluster.workers, 32);
  EXPECT_EQ(plan.points.front().scenario.strategy.get<LoopOptions>().bucket_bytes, 0u)
      << "a swept mapping replaces the whole mapping";
  ASSERT_EQ(plan.figures.size(), 1u);
  EXPECT_EQ(plan.figures[0].figure, "scaling");
  EXPECT_EQ(plan.figures[0].option("x"), "cluster.workers");
  EXPECT_TRUE(plan.figures[0].has_flag("ideal"));
}

TEST(Scenario, DefaultsDependOnTheModel) {
  const Scenario mlp = scenario_of(kSmallest);
  EXPECT_EQ(mlp.workload.model.kind, ModelKind::mlp);
  EXPECT_EQ(mlp.workload.model.hidden, (std::vector<std::size_t>{128}));
  EXPECT_EQ(mlp.workload.data.source, DataSource::fashion_mnist);
  EXPECT_EQ(mlp.workload.loss, Loss::cross_entropy);
  EXPECT_EQ(mlp.world, "threads");

  const Scenario linear = with_workload("  model: {name: linear}\n");
  EXPECT_EQ(linear.workload.data.source, DataSource::synthetic_linear);
  EXPECT_EQ(linear.workload.loss, Loss::mse);
  EXPECT_TRUE(linear.workload.model.hidden.empty());

  const std::string profile = "  model: {name: profile, parameters: 10, flops_per_sample: 1kflop}\n";
  const Scenario real = with_workload(profile + "world: tcp\n");
  EXPECT_EQ(real.workload.data.source, DataSource::none);
  EXPECT_TRUE(real.cluster.emulate_speed) << "else no time would pass";
  EXPECT_EQ(real.payload, Payload::numeric);
  const Scenario simulated = with_workload(profile + "world: sim\n");
  EXPECT_FALSE(simulated.cluster.emulate_speed);
  EXPECT_EQ(simulated.payload, Payload::phantom);
  EXPECT_FALSE(with_workload(profile + "cluster: {emulate_speed: false}\n").cluster.emulate_speed);
}

TEST(Scenario, PayloadIsOfTheSimWorldOnly) {
  EXPECT_EQ(with_workload("world: sim\nsim: {payload: phantom}\n").payload, Payload::phantom);
  EXPECT_EQ(with_workload("world: threads\nsim: {payload: phantom}\n").payload, Payload::numeric);
}

TEST(Scenario, MomentumByNameIsSgd) {
  const OptimizerSpec named = with_workload("  optimizer: {name: momentum, lr: 0.1}\n").workload.optimizer;
  EXPECT_EQ(named.kind, OptimizerKind::sgd);
  EXPECT_EQ(named.momentum, 0.9);
  EXPECT_EQ(with_workload("  optimizer: {name: momentum, momentum: 0.5}\n").workload.optimizer.momentum, 0.5);
  EXPECT_EQ(with_workload("  optimizer: {name: sgd}\n").workload.optimizer.momentum, 0);
}

TEST(Scenario, Lv08HasSimGridsFactors) {
  const NetworkModel lv08 = with_workload("cluster: {network: {model: lv08}}\n").cluster.network.model;
  EXPECT_EQ(lv08.latency_factor, 13.01);
  EXPECT_EQ(lv08.bandwidth_factor, 0.97);
  EXPECT_TRUE(lv08.cross_traffic);
  const NetworkModel own =
      with_workload("cluster: {network: {model: lv08, latency_factor: 2}}\n").cluster.network.model;
  EXPECT_EQ(own.latency_factor, 2);
  EXPECT_EQ(own.bandwidth_factor, 0.97);
}

TEST(Scenario, ProfileIsSplitEvenly) {
  const auto layers =
      with_workload(
          "  model: {name: profile, parameters: 11, flops_per_sample: 9kflop, layer_count: 3, activations: 5}\n")
          .workload.model.profile;
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].parameters + layers[1].parameters + layers[2].parameters, 11u);
  for (const ProfileLayer& layer : layers) {
    EXPECT_GE(layer.parameters, 3u);
    EXPECT_EQ(layer.forward_flops_per_sample, 1000);
    EXPECT_EQ(layer.backward_flops_per_sample, 2000);
    EXPECT_EQ(layer.activations_per_sample, 5u);
  }
}

TEST(Scenario, ProfileByMeasuredSpeedUsesTheHosts) {
  const Scenario s = with_workload(
      "  model: {name: profile, parameters: 7, samples_per_s: 250}\ncluster: {host: {speed: 1Tflop/s}}\n");
  ASSERT_EQ(s.workload.model.profile.size(), 1u);
  const ProfileLayer& layer = s.workload.model.profile[0];
  EXPECT_DOUBLE_EQ(layer.forward_flops_per_sample + layer.backward_flops_per_sample, 1e12 / 250);
}

TEST(Scenario, BackwardPassOfALayerIsTwiceForwardUnlessStated) {
  const auto layers = with_workload(R"(  model:
    name: profile
    layers:
      - {name: a, parameters: 3, forward_flops: 1Mflop}
      - {name: b, parameters: 5, forward_flops: 1Mflop, backward_flops: 0flop, activations: 4}
)")
                          .workload.model.profile;
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].backward_flops_per_sample, 2e6);
  EXPECT_EQ(layers[1].backward_flops_per_sample, 0);
  EXPECT_EQ(layers[1].activations_per_sample, 4u);
}

TEST(Scenario, DataFilesAreFoundFromItsFolder) {
  const std::string folder = std::string(TANDEM_SOURCE_DIR) + "/tests/golden/bad";
  const std::string text =
      "tandem: 1\nname: x\nquestion: x?\nworkload:\n  batch: {global: 4}\n  stop: {steps: 1}\n"
      "  data: {source: idx, path: data/images.idx, labels: data/labels.idx}\n";
  const DataSpec data = parse_plan(text, folder + "/x.yaml").points.front().scenario.workload.data;
  EXPECT_EQ(data.path, folder + "/data/images.idx");
  EXPECT_EQ(data.labels_path, folder + "/data/labels.idx");
}

TEST(Scenario, SlowdownsLastForEverUnlessTheyEnd) {
  const auto slowdowns =
      with_workload(
          "cluster: {workers: 3, slowdowns: [{worker: 2, factor: 4}, {worker: 0, factor: 2, from: 1s, until: 2min}]}\n")
          .cluster.slowdowns;
  ASSERT_EQ(slowdowns.size(), 2u);
  EXPECT_EQ(slowdowns[0].ranks, RankSet(2));
  EXPECT_EQ(slowdowns[0].until_s, std::numeric_limits<double>::infinity());
  EXPECT_EQ(slowdowns[1].until_s, 120);
}

TEST(Scenario, AliasesStandForWhatTheyName) {
  const Plan plan = parse_plan(
      kSmallest + "strategy: &s {name: ps-sync, servers: 3}\nsweep: {grid: {strategy: [*s, {name: single}]}}\n",
      "x.yaml");
  EXPECT_EQ(plan.points[0].scenario.strategy.get<parameter_server::ServerOptions>().servers, 3);
}

TEST(Grid, PointThatNoWorkerCanHaveIsSkippedWithItsReason) {
  const Plan plan = parse_plan(
      kSmallest + "cluster: {slowdowns: [{worker: 1, factor: 2}]}\nsweep: {grid: {cluster.workers: [1, 2]}}\n",
      "x.yaml");
  ASSERT_EQ(plan.points.size(), 2u);
  EXPECT_EQ(plan.points[0].skipped, "cluster.slowdowns names worker 1, but the 1 workers count from 0");
  EXPECT_FALSE(plan.points[1].skipped);
}

TEST(Grid, StrategyRefusalsAreNotErrors) {
  const Plan plan = parse_plan(kSmallest + "strategy: {name: single}\ncluster: {workers: 4}\n", "x.yaml");
  EXPECT_EQ(plan.points.size(), 1u);
}

TEST(Grid, HoldsAHundredThousandPointsAndNoMore) {
  const auto values = [](int count) {
    std::string list;
    for (int i = 1; i <= count; ++i) list += std::to_string(i) + ", ";
    return "[" + list + "]";
  };
  const std::string grid = kSmallest + "sweep: {grid: {seed: " + values(10) + ", cluster.workers: " + values(10) +
                           ", workload.evaluate_every: ";
  EXPECT_EQ(parse_plan(grid + values(10) + "}}\n", "x.yaml").points.size(), 1000u);
  EXPECT_THROW(parse_plan(grid + values(1001) + "}}\n", "x.yaml"), ScenarioError);
}

TEST(Overrides, ReplaceAddAndGoDeep) {
  const Scenario s = scenario_of(kSmallest, {"cluster.workers=5", "cluster.network.bandwidth=1Gbit/s", "world=sim",
                                             "strategy={name: ps-sync, servers: 2}", "strategy.servers=3"});
  EXPECT_EQ(s.cluster.workers, 5);
  EXPECT_EQ(s.cluster.network.bandwidth_bytes_per_s, 125e6);
  EXPECT_EQ(s.world, "sim");
  EXPECT_EQ(s.strategy.name, "ps-sync");
  EXPECT_EQ(s.strategy.get<parameter_server::ServerOptions>().servers, 3);
}

TEST(Overrides, PinASweptKeyAndKeepItsColumn) {
  const Plan plan = parse_plan(kDesign, "x.yaml", {"cluster.workers=3", "world=sim"});
  ASSERT_EQ(plan.points.size(), 4u);
  for (const Point& point : plan.points) {
    EXPECT_EQ(point.scenario.cluster.workers, 3);
    EXPECT_EQ(point.factors[1], (std::pair<std::string, std::string>("cluster.workers", "3")));
  }
}

TEST(Overrides, ReplaceTheValuesOfASweptKey) {
  const Plan plan = parse_plan(kDesign, "x.yaml", {"sweep.grid.cluster.workers=[2, 3, 5]", "sweep.repeat=1"});
  EXPECT_EQ(plan.points.size(), 4u * 3u * 2u);
  EXPECT_EQ(plan.repeat, 1);
}

TEST(ResolvedScenario, LoadsBackAsItself) {
  for (const Point& point : parse_plan(kDesign, "x.yaml").points) expect_loads_back(point.scenario);
  expect_loads_back(scenario_of(kSmallest));
  expect_loads_back(scenario_of(kSmallest, {"strategy={name: ps-async, staleness: 0, placement: colocated}"}));
  expect_loads_back(
      scenario_of(kSmallest, {"workload.batch={per_worker: 7}", "workload.stop={epochs: 0.3, loss: 0.7}"}));
  expect_loads_back(with_workload("  optimizer: {name: adam, schedule: {name: step, every: 7, factor: 0.3}}\n"));
  expect_loads_back(with_workload("  optimizer: {name: momentum, schedule: {name: cosine, warmup_steps: 3}}\n"));
  expect_loads_back(
      with_workload("  model: {name: linear, init: zeros}\n  data: {source: synthetic-linear, rows: 77}\n"));
  expect_loads_back(with_workload("  model: {name: mlp, hidden: []}\n"));
}

TEST(ResolvedScenario, OfClustersLoadsBackToTheLastBit) {
  const Scenario s = with_workload(
      "  model: {name: profile, parameters: 7, samples_per_s: 3, layer_count: 3}\n"
      "world: sim\n"
      "cluster: {workers: 3, host: {speed: 33.333333333Gflop/s, memory_bandwidth: 12.3456789012GB/s},\n"
      "  network: {latency: 0.123456789123us, model: lv08}, slowdowns: [{worker: 1, factor: 1.1, from: 0.1ms}]}\n");
  expect_loads_back(s);
  const Scenario again = scenario_of(to_json(s).dump());
  EXPECT_EQ(again.cluster.speed_flops_per_s, s.cluster.speed_flops_per_s);
  EXPECT_EQ(again.cluster.memory_bandwidth_bytes_per_s, s.cluster.memory_bandwidth_bytes_per_s);
  EXPECT_EQ(again.cluster.network.latency_s, s.cluster.network.latency_s);
  EXPECT_EQ(again.cluster.network.model.latency_factor, 13.01);
  EXPECT_EQ(again.cluster.slowdowns.at(0).from_s, s.cluster.slowdowns.at(0).from_s);
  EXPECT_EQ(again.cluster.slowdowns.at(0).until_s, s.cluster.slowdowns.at(0).until_s);
  ASSERT_EQ(again.workload.model.profile.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again.workload.model.profile[i].forward_flops_per_sample,
              s.workload.model.profile[i].forward_flops_per_sample);
    EXPECT_EQ(again.workload.model.profile[i].parameters, s.workload.model.profile[i].parameters);
  }
}

TEST(ResolvedScenario, OfTheMostLayersLoadsBack) {
  expect_loads_back(with_workload(
      "  model: {name: profile, parameters: 10000, flops_per_sample: 1Gflop, layer_count: 10000}\nworld: sim\n"));
}

TEST(StrategyLabel, IsShortAndTellsStrategiesApart) {
  EXPECT_EQ(strategy_label(parse_strategy("{name: single}")), "single");
  EXPECT_EQ(strategy_label(parse_strategy("{name: allreduce}")), "allreduce ring");
  EXPECT_EQ(strategy_label(parse_strategy("{name: allreduce, bucket: 4194304B, overlap: true}")),
            "allreduce ring overlap 4MiB");
  EXPECT_EQ(strategy_label(parse_strategy("{name: ps-sync}")), "ps-sync");
  EXPECT_EQ(strategy_label(parse_strategy("{name: ps-sync, servers: 2, placement: colocated}")),
            "ps-sync x2 colocated");
  EXPECT_EQ(strategy_label(parse_strategy("{name: ps-async, staleness: 3}")), "ps-async s=3");
  EXPECT_EQ(strategy_label(parse_strategy("{name: pipeline, microbatches: 8}")), "pipeline m=8");
}

TEST(ShippedScenarios, AreAllRight) {
  std::size_t count = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(std::string(TANDEM_SOURCE_DIR) + "/scenarios")) {
    if (file.path().extension() != ".yaml") continue;
    // Not the cluster files, the profiles and the programs that scenarios name.
    const std::string name = file.path().filename().string();
    if (name == "calibrated.yaml" || name == "here.yaml") continue;
    const std::string folder = file.path().parent_path().filename().string();
    if (folder.ends_with("profiles") || folder == "programs") continue;
    ++count;
    try {
      for (const Point& point : load_plan(file.path().string()).points) {
        if (!point.skipped) expect_loads_back(point.scenario);
      }
    } catch (const ScenarioError& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_GE(count, 15u);
}

}  // namespace
}  // namespace tandem
