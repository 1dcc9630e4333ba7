// The command: what it runs, what it writes, and its exit codes.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

// A ring of n workers: 8 ms of arithmetic, then 2 (n - 1) messages of 4 MB / n at 1e9 byte/s, without latency.
constexpr const char* kRing = R"(tandem: 1
name: ring
question: How far off is it?
workload:
  model: {name: profile, parameters: 1000000, flops_per_sample: 1Gflop}
  batch: {per_worker: 8}
  stop: {steps: 2}
world: sim
cluster: {workers: 2, host: {speed: 1Tflop/s}, network: {bandwidth: 8Gbit/s, latency: 0s}}
)";

struct Compare : testing::Test {
  Compare() { folder.file("ring.yaml", kRing); }
  Ended compare(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"compare", "ring.yaml"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_program(folder, all);
  }
  TemporaryFolder folder;
};

TEST_F(Compare, AgainstATableTheErrorIsOfTheClosedForm) {
  // 12 ms are predicted for 2 workers and 14 ms for 4; the second was measured 1.4 times slower.
  folder.file("measured.csv", "cluster.workers,label,step_s\n2,a cluster,0.012\n4,a cluster,0.0196\n");
  const Ended ended = compare({"--measured", "measured.csv", "--json", "-o", "out"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json json = Json::parse(ended.out);
  ASSERT_EQ(json["points"].size(), 2u);
  EXPECT_EQ(json["points"][0]["series"], "a cluster");
  EXPECT_NEAR(json["points"][0]["predicted_over_measured"].get<double>(), 1, 1e-6);
  EXPECT_NEAR(json["points"][1]["predicted_over_measured"].get<double>(), 1 / 1.4, 1e-6);
  EXPECT_NEAR(json["points"][1]["least_step_s"].get<double>(), 8e-3, 1e-12);
  const Table table = read_table(folder.path() / "out" / "comparison.csv");
  ASSERT_EQ(table.size(), 2u);
  EXPECT_EQ(table[1].at("workers"), "4");
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "out" / "figures" / "comparison.png"));
}

// Labels are series and each row is a point, even along an option of the strategy.
TEST_F(Compare, EveryRowOfATableIsAPoint) {
  folder.file("measured.csv",
              "label,cluster.host.speed,strategy.servers,step_s\n"
              "slow,1Tflop/s,1,0.03\nslow,1Tflop/s,2,0.02\nfast,2Tflop/s,1,0.03\nfast,2Tflop/s,2,0.02\n");
  const Ended ended = compare({"--measured", "measured.csv", "--json", "-o", "out", "-s", "strategy.name=ps-sync"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json points = Json::parse(ended.out)["points"];
  ASSERT_EQ(points.size(), 4u);
  // 4 MB from each of two workers to one server and back, or to two: 16 or 8 ms beside the arithmetic.
  const double expected_s[] = {8e-3 + 16e-3, 8e-3 + 8e-3, 4e-3 + 16e-3, 4e-3 + 8e-3};
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i]["series"], i < 2 ? "slow" : "fast");
    EXPECT_NEAR(points[i]["predicted_step_s"].get<double>(), expected_s[i], 1e-6) << i;
  }
}

TEST_F(Compare, WhatOverlapsIsPlacedBetweenAllAndNothingHidden) {
  // Four layers: 8 ms of arithmetic, 4 ms of messages, of which the last layer to go back cannot hide its own.
  folder.file("measured.csv", "cluster.workers,label,step_s\n2,a,0.00784\n2,b,0.0110\n2,c,0.0126\n");
  const Ended ended = compare({"--measured", "measured.csv", "--json", "-o", "out", "-s",
                               "workload.model.layer_count=4", "-s", "strategy={name: allreduce, overlap: true}"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json points = Json::parse(ended.out)["points"];
  ASSERT_EQ(points.size(), 3u);
  for (const Json& point : points) {
    EXPECT_NEAR(point["least_step_s"].get<double>(), 8e-3, 1e-12);
    EXPECT_NEAR(point["most_step_s"].get<double>(), 12e-3, 1e-9);
    EXPECT_NEAR(point["predicted_step_s"].get<double>(), 9e-3, 1e-9);
    EXPECT_EQ(point["predicted_is"], "inside");
  }
  EXPECT_EQ(points[0]["measured_is"], "2.0 % below");
  EXPECT_EQ(points[1]["measured_is"], "inside");
  EXPECT_EQ(points[2]["measured_is"], "5.0 % above");
  EXPECT_EQ(read_table(folder.path() / "out" / "comparison.csv")[2].at("measured_is"), "5.0 % above");
  EXPECT_EQ(read_table(folder.path() / "out" / "runs.csv").size(), 6u) << "and no run that nobody asked for";
}

TEST_F(Compare, AboveTheToleranceItEndsWithThree) {
  folder.file("measured.csv", "cluster.workers,step_s\n2,0.0125\n");
  EXPECT_EQ(compare({"--measured", "measured.csv", "--tolerance", "4.1", "-o", "a"}).code, 0);
  const Ended ended = compare({"--measured", "measured.csv", "--tolerance", "3.9", "-o", "b"});
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("the worst error is 4.0 %"));
}

TEST_F(Compare, ARealWorldIsMeasuredAsOftenAsTheScenarioSays) {
  const Ended ended = compare({"-w", "threads", "--json", "-o", "out", "-s", "sweep.repeat=3", "-s",
                               "sweep.grid.strategy=[{name: allreduce}, {name: ps-sync}]"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Json json = Json::parse(ended.out);
  ASSERT_EQ(json["points"].size(), 2u);
  for (const Json& point : json["points"]) {
    EXPECT_EQ(point["world"], "threads");
    EXPECT_EQ(point["n"], 3);
    EXPECT_GE(point["measured_step_s"], 8e-3) << "hosts are slowed down to the scenario's speed";
  }
  EXPECT_NEAR(json["points"][0]["predicted_step_s"].get<double>(), 12e-3, 1e-8);
  EXPECT_NEAR(json["points"][1]["predicted_step_s"].get<double>(), 24e-3, 1e-8);
  EXPECT_EQ(read_table(folder.path() / "out" / "runs.csv").size(), 8u);
}

TEST_F(Compare, MistakesEndWithTwo) {
  EXPECT_EQ(compare({"-w", "sim"}).code, 2);
  EXPECT_EQ(compare({"--measured", "nowhere.csv"}).code, 2);
  folder.file("measured.csv", "cluster.workers,step_s\n2,1\n");
  EXPECT_EQ(compare({"--measured", "no-such-table.csv"}).code, 2);
  EXPECT_EQ(compare({"--measured", "measured.csv", "-w", "tcp"}).code, 2) << "one of the two measures";
  const Ended grid = compare({"--measured", "measured.csv", "-s", "sweep.grid.seed=[1, 2]"});
  EXPECT_EQ(grid.code, 2);
  EXPECT_THAT(grid.err, HasSubstr("the scenario has 2 points"));
}

// What is committed under results/accuracy/published: no prediction may get worse unnoticed.
Json published(const std::string& name, const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  const std::string path = TANDEM_SOURCE_DIR "/scenarios/published/" + name;
  std::vector<std::string> arguments = {"compare", path + ".yaml", "--measured", path + ".csv", "--json", "-o", "out"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const Ended ended = run_program(folder, arguments);
  EXPECT_EQ(ended.code, 0) << ended.err;
  return Json::parse(ended.out)["points"];
}

TEST(Published, TensorFlowsServersLieBetweenAllAndNothingHidden) {
  const Json points = published("tensorflow-ps");
  ASSERT_EQ(points.size(), 15u);
  int inside = 0;
  for (const Json& point : points) {
    const double measured_s = point["measured_step_s"];
    inside += point["measured_is"] == "inside" ? 1 : 0;
    EXPECT_GE(measured_s, 0.9975 * point["least_step_s"].get<double>()) << point;
    EXPECT_LE(measured_s, point["most_step_s"].get<double>()) << point;
  }
  EXPECT_EQ(inside, 13);
}

// Whole variables, pushed and pulled layer by layer while the backward pass goes on: everything hidden that can be.
TEST(Published, TensorFlowsOverlappedServersAreWithinFifteenPercentButForOne) {
  const Json points = published("tensorflow-ps-overlap");
  ASSERT_EQ(points.size(), 15u);
  int within = 0;
  for (const Json& point : points) {
    const double error = point["predicted_over_measured"].get<double>() - 1;
    EXPECT_EQ(point["predicted_is"], "inside") << point;
    EXPECT_LT(error, 0.0025) << "a rate of two instances is a little more than twice that of one" << point;
    EXPECT_GT(error, -0.165) << point;
    within += error > -0.15 ? 1 : 0;
  }
  EXPECT_EQ(within, 14) << "ResNet-152 with four servers for eight instances is 16 % too fast";
}

// A cell is the first bandwidth on the paper's grid that is enough: the one before it, 17 % less, is not. Without
// latencies that is as if the model were larger by as much.
TEST(Published, StreamingDiLoCosTableComesOutInAllTenCells) {
  const Json enough = published("streaming-diloco");
  const Json too_little = published("streaming-diloco", {"-s", "workload.model.parameters=501567000"});
  ASSERT_EQ(enough.size(), 10u);
  ASSERT_EQ(too_little.size(), 10u);
  for (std::size_t i = 0; i < enough.size(); ++i) {
    EXPECT_LE(enough[i]["predicted_over_measured"], 1) << enough[i];
    EXPECT_GT(too_little[i]["predicted_over_measured"], 1) << too_little[i];
  }
}

TEST(Published, HorovodLiesBetweenAllAndNothingHiddenAndSoDoesTheSimulationThatOverlaps) {
  const Json sequential = published("horovod"), overlapped = published("horovod-overlap");
  ASSERT_EQ(sequential.size(), 3u);
  ASSERT_EQ(overlapped.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sequential[i]["measured_is"], "inside") << sequential[i];
    EXPECT_EQ(overlapped[i]["measured_is"], "inside") << overlapped[i];
    EXPECT_EQ(overlapped[i]["predicted_is"], "inside") << overlapped[i];
    EXPECT_LT(overlapped[i]["predicted_step_s"], 0.95 * sequential[i]["predicted_step_s"].get<double>())
        << "it hides some";
  }
}

// The source's TCP did not reach the band's slow end for two of the three.
TEST(Published, HorovodOver40GbitLiesInTheBandOrALittleBelow) {
  const Json points = published("horovod-40g");
  ASSERT_EQ(points.size(), 3u);
  const auto over_most = [&](std::size_t i) {
    return points[i]["measured_step_s"].get<double>() / points[i]["most_step_s"].get<double>();
  };
  EXPECT_EQ(points[1]["measured_is"], "inside") << points[1];
  EXPECT_NEAR(over_most(0), 1.095, 0.02) << "Inception V3";
  EXPECT_NEAR(over_most(2), 1.04, 0.02) << "VGG-16";
}

TEST(Published, NcclOnTwoNodesIsHierarchical) {
  const Json points = published("nccl-tests");
  ASSERT_EQ(points.size(), 4u);
  for (const std::size_t i : {0U, 1U}) {
    const double ratio = points[i]["predicted_over_measured"];
    EXPECT_GT(ratio, 0.87) << points[i];
    EXPECT_LT(ratio, 1) << "it is the least that two levels can take, and NCCL is above it" << points[i];
  }
  for (const std::size_t i : {2U, 3U})
    EXPECT_GT(points[i]["predicted_over_measured"], 1.5) << "a ring that crosses with every value";
}

// The speed of matrix products is fitted to the first row. The others are what it predicts: another way of recomputing,
// and a model eight times as large, in stages.
TEST(Published, MegatronsStepsAreWithinThreePercentByTheSpeedOfOne) {
  const Json points = published("megatron");
  ASSERT_EQ(points.size(), 4u);
  EXPECT_NEAR(points[0]["predicted_over_measured"].get<double>(), 1, 0.002);
  for (const Json& point : points) EXPECT_NEAR(point["predicted_over_measured"].get<double>(), 1, 0.03) << point;
  const auto full_over_selective = [&](std::size_t full) {
    return points[full]["predicted_over_measured"].get<double>() /
           points[full + 1]["predicted_over_measured"].get<double>();
  };
  EXPECT_NEAR(full_over_selective(0), 1.023, 0.003) << "22B: 3 % was aimed at";
  EXPECT_NEAR(full_over_selective(2), 1.017, 0.003) << "175B";
}

TEST(Published, TorchgpipeIsAtMostTheBubbleLawWithRecomputation) {
  const Json points = published("torchgpipe");
  ASSERT_EQ(points.size(), 9u);
  constexpr double kDigits = 1e-5;  // relative, in the rate that one row fixes
  for (const Json& point : points) {
    EXPECT_LE(point["predicted_over_measured"], 1 + kDigits) << point;
    EXPECT_EQ(point["measured_is"], "-") << "a pipeline's bubble cannot be hidden";
  }
}

TEST(Published, TorchgpipesRecomputationCostsWhatTheLawSays) {
  const Json points = published("torchgpipe-resnet101");
  ASSERT_EQ(points.size(), 4u);
  const double batch = 220, rate = 95.862;
  EXPECT_NEAR(points[0]["predicted_step_s"].get<double>(), batch / rate * (3 + 1.0 / 2) / 3, 1e-6);
  EXPECT_NEAR(points[0]["predicted_over_measured"].get<double>(), 1, 0.005) << "0.857 of the rate, measured 0.853";
  for (const Json& point : points) EXPECT_LE(point["predicted_over_measured"], 1) << point;
}

TEST(Published, FourTimesOfAStagePredictZeroBubblePipelinesWithinTenPercent) {
  // Three schedules of two models with 24, 32 and 64 micro-batches.
  const Json points = published("zero-bubble");
  ASSERT_EQ(points.size(), 18u);
  for (const Json& point : points) {
    // The optimizer and launches are outside the four times: predictions are fast.
    EXPECT_GT(point["predicted_over_measured"], 0.9) << point;
    EXPECT_LE(point["predicted_over_measured"], 1) << point;
  }
}

}  // namespace
}  // namespace tandem
