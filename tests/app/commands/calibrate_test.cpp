// tandem calibrate, and scenarios that start from what it writes.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

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

// A simulated cluster is known, so what is measured on it can be checked.
TEST_F(Calibrate, FindsWhatASimulatedClusterIs) {
  const Ended ended = run_program(
      folder, {"calibrate", "-w", "sim", "-n", "3", "-o", "found.yaml", "-s",
               "cluster={workers: 3, host: {speed: 3Gflop/s}, network: {bandwidth: 2Gbit/s, latency: 70us}}"});
  ASSERT_EQ(ended.code, 0) << ended.err;
  const Scenario scenario = started_from("{from: found.yaml, workers: 5}");
  EXPECT_EQ(scenario.cluster.workers, 5);
  EXPECT_NEAR(scenario.cluster.speed_flops_per_s, 3e9, 3e5);
  EXPECT_NEAR(scenario.cluster.network.bandwidth_bytes_per_s, 250e6, 25e3);
  EXPECT_NEAR(scenario.cluster.network.latency_s, 70e-6, 0.1e-6);
}

TEST_F(Calibrate, MeasuresARealWorld) {
  for (const char* world : {"threads", "tcp"}) {
    const Ended ended =
        run_program(folder, {"calibrate", "-w", world, "--time", "0.005", "-o", "found.yaml", "--force"});
    ASSERT_EQ(ended.code, 0) << ended.err;
    const Cluster cluster = started_from("{from: found.yaml}").cluster;
    EXPECT_GT(cluster.speed_flops_per_s, 0) << world;
    EXPECT_GT(cluster.network.bandwidth_bytes_per_s, 0) << world;
    EXPECT_GT(cluster.network.latency_s, 0) << world;
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
