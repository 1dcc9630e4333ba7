// tandem calibrate, and scenarios that start from what it writes.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "app/run/calibration.h"
#include "app/scenario/loader.h"
#include "core/errors.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using testing::HasSubstr;

struct Calibrate : testing::Test {
  Scenario started_from(const std::string& cluster) const {
    const std::string text = kSmallScenario.substr(0, kSmallScenario.find("cluster:")) + "cluster: " + cluster + "\n";
    return load_plan(folder.file("from.yaml", text), {}).points.front().scenario;
  }
  std::string mistake(const std::string& cluster) const {
    try {
      started_from(cluster);
    } catch (const ScenarioError& error) {
      return error.what();
    }
    return "it was accepted";
  }
  TemporaryFolder folder;
};

Calibration measured(double gap_s, std::vector<MessageTime> times) {
  return {.gap_s = gap_s, .times = std::move(times)};
}

// What the keys that calibrate writes say that a message takes.
double modelled_s(const Calibration& found, double bytes) {
  const MessageRates rates = message_rates(found);
  const NetworkModel model{.size_factors = rates.factors};
  return found.latency_s() + 2 * found.message_overhead_s() + model.charged_bytes(bytes) / rates.bandwidth_bytes_per_s;
}

TEST(MessageRates, OneRateIsOneNumber) {
  const MessageRates rates = message_rates(measured(1e-6, {{4, 10e-6}, {1e5, 110e-6}, {1e6, 1010e-6}, {4e6, 4010e-6}}));
  EXPECT_NEAR(rates.bandwidth_bytes_per_s, 1e9, 1e5);
  EXPECT_TRUE(rates.factors.empty());
  EXPECT_TRUE(rates.doubtful_bytes.empty());
}

// Two megabytes fit into a cache and eight do not: both rates are written down, and times come out as measured.
TEST(MessageRates, TwoRatesAreTwoNumbers) {
  const Calibration found = measured(
      1e-6, {{4, 4.2e-6}, {8192, 6.6e-6}, {131072, 31e-6}, {524288, 108e-6}, {2097152, 947e-6}, {8388608, 3816e-6}});
  const MessageRates rates = message_rates(found);
  EXPECT_NEAR(rates.bandwidth_bytes_per_s, (524288 - 131072) / 77e-6, 1e6) << "the highest above 64 KiB";
  EXPECT_EQ(rates.factors.at(2).above_bytes, 524288);
  EXPECT_NEAR(rates.factors.at(2).factor, 0.367, 0.001);
  for (const MessageTime& time : found.times)
    EXPECT_NEAR(modelled_s(found, time.bytes), time.time_s, 0.1 * time.time_s);
}

// A busy machine: the largest message was timed while nothing else ran, the one before it was not.
TEST(MessageRates, NoRateIsNegative) {
  const Calibration found = measured(1e-6, {{4, 10e-6}, {1e5, 110e-6}, {1e6, 9000e-6}, {4e6, 4010e-6}});
  const MessageRates rates = message_rates(found);
  EXPECT_EQ(rates.doubtful_bytes, (std::vector<double>{4e6}));
  EXPECT_GT(rates.bandwidth_bytes_per_s, 0);
  for (const SizeFactor& factor : rates.factors) EXPECT_GT(factor.factor, 0);
  EXPECT_NEAR(modelled_s(found, 4e6), (9000e-6 + 4010e-6) / 2, 0.01 * 6505e-6) << "their mean";
}

TEST(MessageRates, WithoutAnyOrderTheLargestSizeCounts) {
  const MessageRates rates = message_rates(measured(1e-6, {{4, 3e-3}, {1e6, 2e-3}, {4e6, 1e-3}}));
  EXPECT_NEAR(rates.bandwidth_bytes_per_s, 4e6 / 2e-3, 1);
  EXPECT_TRUE(rates.factors.empty());
}

// Messages that follow each other every 3 us cannot take 4 us from rank to rank, if both ends work on them for 3.
TEST(MessageRates, OverheadAtBothEndsLeavesNoLatency) {
  const Calibration found = measured(3e-6, {{4, 4e-6}, {1e5, 104e-6}, {1e6, 1004e-6}});
  EXPECT_EQ(found.latency_s(), 0);
  EXPECT_NEAR(modelled_s(found, 1e6), 1004e-6, 5e-6);
}

// A simulated cluster is known, so what is measured on it can be checked.
TEST_F(Calibrate, FindsWhatASimulatedClusterIs) {
  const Ended ended = run_program(
      folder, {"calibrate", "-w", "sim", "-n", "3", "-o", "found.yaml", "-s",
               "cluster={workers: 3, host: {speed: 3Gflop/s, message_overhead: 2us}, network: {bandwidth: 2Gbit/s, "
               "latency: 70us}}"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Scenario scenario = started_from("{from: found.yaml, workers: 5}");
  EXPECT_EQ(scenario.cluster.workers, 5);
  EXPECT_NEAR(scenario.cluster.speed_flops_per_s, 3e9, 3e5);
  EXPECT_NEAR(scenario.cluster.network.bandwidth_bytes_per_s, 250e6, 25e3);
  EXPECT_NEAR(scenario.cluster.network.latency_s, 70e-6, 0.1e-6);
  EXPECT_NEAR(scenario.cluster.message_overhead_s, 2e-6, 1e-9);
}

TEST_F(Calibrate, MeasuresARealWorld) {
  for (const char* world : {"threads", "tcp"}) {
    const Ended ended =
        run_program(folder, {"calibrate", "-w", world, "--time", "0.005", "-o", "found.yaml", "--force"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const Cluster cluster = started_from("{from: found.yaml}").cluster;
    EXPECT_GT(cluster.speed_flops_per_s, 0) << world;
    EXPECT_GT(cluster.network.bandwidth_bytes_per_s, 0) << world;
    // Both are differences of measured times: noise may give one of them everything that an empty message takes.
    EXPECT_GT(cluster.network.latency_s + cluster.message_overhead_s, 0) << world;
  }
}

TEST_F(Calibrate, ReplacesNoFileUnasked) {
  const std::vector<std::string> command = {"calibrate", "-w", "sim", "-o", "found.yaml"};
  folder.file("found.yaml", "kept");
  const Ended refused = run_program(folder, command);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("found.yaml is there already; --force replaces it"));
  EXPECT_EQ(content_of(folder.path() / "found.yaml"), "kept");

  std::vector<std::string> forced = command;
  forced.push_back("--force");
  EXPECT_EQ(run_program(folder, forced).code, 0);
  EXPECT_NE(content_of(folder.path() / "found.yaml"), "kept");
}

TEST_F(Calibrate, NeedsTwoRanks) {
  const Ended ended = run_program(folder, {"calibrate", "-n", "1"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("needs 2 ranks"));
}

TEST_F(Calibrate, AScenariosOwnKeysComeFirst) {
  folder.file("found.yaml", "host: {speed: 3Gflop/s}\nnetwork: {bandwidth: 2Gbit/s, latency: 70us}\n");
  const Cluster cluster = started_from("{from: found.yaml, network: {latency: 5us}}").cluster;
  EXPECT_DOUBLE_EQ(cluster.network.latency_s, 5e-6);
  EXPECT_DOUBLE_EQ(cluster.network.bandwidth_bytes_per_s, 250e6);
  EXPECT_DOUBLE_EQ(cluster.speed_flops_per_s, 3e9);
}

TEST_F(Calibrate, MistakesInAClusterFileAreShownThere) {
  folder.file("found.yaml", "host: {speed: 3Gflop/s}\nnetwork: {bandwith: 2Gbit/s}\n");
  EXPECT_THAT(mistake("{from: found.yaml}"), HasSubstr("found.yaml:2:11: error:"));
  EXPECT_THAT(mistake("{from: found.yaml}"), HasSubstr("did you mean \"bandwidth\"?"));
  EXPECT_THAT(mistake("{from: lost.yaml}"), HasSubstr("from.yaml:9:17: error: cluster.from: there is no file"));
  folder.file("list.yaml", "[1, 2]\n");
  EXPECT_THAT(mistake("{from: list.yaml}"), HasSubstr("is no mapping"));
}

TEST_F(Calibrate, TheResolvedScenarioNeedsNoFile) {
  folder.file("found.yaml", "host: {speed: 3Gflop/s}\n");
  const auto json = to_json(started_from("{from: found.yaml}"));
  EXPECT_FALSE(json["cluster"].contains("from"));
  EXPECT_EQ(json["cluster"]["host"]["speed"], "3Gflop/s");
}

}  // namespace
}  // namespace tandem
