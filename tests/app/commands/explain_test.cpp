// tests/golden/explain/NAME.txt is what `tandem explain` prints for NAME.yaml, but for what it measures and the
// defaults of all keys. To write the texts anew after a change, and then to read the difference: explain_test
// --regenerate
#include "app/commands/explain.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "core/errors.h"

namespace tandem {
namespace {

constexpr const char* kFolder = TANDEM_SOURCE_DIR "/tests/golden/explain/";
constexpr const char* kScenarios[] = {"compute-bound", "grid"};

struct Said {
  std::string text;
  int code = 0;
};

// In a process of its own, as explain times a simulation.
Said said(const std::string& command, const std::string& arguments) {
  FILE* pipe = popen((TANDEM_PROGRAM " " + command + " " + arguments).c_str(), "r");
  Said said;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said.text += static_cast<char>(c);
  said.code = WEXITSTATUS(pclose(pipe));
  return said;
}

std::string printed(const std::string& arguments) {
  const Said what = said("explain", arguments);
  EXPECT_EQ(what.code, 0);
  return what.text;
}

std::string refused(const std::string& arguments) {
  const Said what = said("explain", arguments + " 2>&1");
  EXPECT_EQ(what.code, 2);
  EXPECT_EQ(said("explain", arguments + " --json 2>&1").text, what.text);
  const Said validated = said("validate", arguments + " 2>&1");
  EXPECT_EQ(validated.code, 2);
  EXPECT_EQ(validated.text, what.text);
  return what.text;
}

std::string explained(const std::string& name) {
  const std::string text = printed(kFolder + name + ".yaml");
  const std::string masked = std::regex_replace(text, std::regex("[0-9.e+-]+[mun]?s each"), "# each");
  return std::regex_replace(masked.substr(0, masked.find("\nThe scenario with its defaults")),
                            std::regex("\\): [0-9.e+-]+[mun]?s on"), "): # on");
}

std::string golden(const std::string& name) {
  std::ifstream file(kFolder + name + ".txt");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Explain : public testing::TestWithParam<const char*> {};

TEST_P(Explain, PrintsWhatItDid) { EXPECT_EQ(explained(GetParam()), golden(GetParam())); }

INSTANTIATE_TEST_SUITE_P(Golden, Explain, testing::ValuesIn(kScenarios));

TEST(Explain, AsJsonHasEveryPointWithItsScenario) {
  const auto json = nlohmann::json::parse(printed(std::string(kFolder) + "grid.yaml --json"));
  ASSERT_EQ(json["points"].size(), 7u) << "two of nine points cannot be run";
  EXPECT_EQ(json["points"][2]["messages_per_step"], 5 * 2 * 4);
  EXPECT_EQ(json["points"][2]["bytes_per_step"], 2 * 4 * 4'000'000);
  EXPECT_EQ(json["points"][2]["scenario"]["cluster"]["workers"], 5);
  EXPECT_GT(json["wall_s_per_message"], 0);
}

// The bytes with which an asynchronous strategy crosses a border have no bound, so nothing is said of the border's
// link.
TEST(Explain, DoesNotWarnOfWhatItDoesNotBound) {
  const std::string sites =
      "compute-bound.yaml -s 'cluster.network={topology: sites, sites: 2, wan: {bandwidth: 1Gbit/s, latency: 1ms}}' -s "
      "'strategy={name: ";
  const std::string sweep = "}' -s 'sweep.grid={cluster.network.wan.bandwidth: [10Gbit/s, 100Gbit/s]}'";
  const std::string warning = "compute-bound: cluster.network.wan.bandwidth cannot show";
  EXPECT_NE(printed(kFolder + sites + "allreduce, collective: ring" + sweep).find(warning), std::string::npos);
  EXPECT_EQ(printed(kFolder + sites + "ps-async" + sweep).find(warning), std::string::npos);
}

TEST(Explain, CountsLatenciesWithTheModelsFactor) {
  const std::string sweep =
      std::string(kFolder) + "compute-bound.yaml -s 'sweep.grid={cluster.network.latency: [1us, 2us]}' -s ";
  const std::string warning = "cluster.network.latency cannot show";
  EXPECT_NE(printed(sweep + "cluster.network.latency_factor=1").find(warning), std::string::npos);
  EXPECT_EQ(printed(sweep + "cluster.network.latency_factor=1e5").find(warning), std::string::npos);
}

TEST(Explain, SaysNoTrafficThatNoFormulaCounts) {
  const std::string unknown = std::string(kFolder) + "compute-bound.yaml -s 'strategy={name: gossip, deaths: 1}'";
  const std::string text = printed(unknown);
  EXPECT_TRUE(std::regex_search(text, std::regex("gossip ring deaths 1.* 3 +- +- +8s +computation\n"))) << text;
  EXPECT_EQ(text.find("cannot show"), std::string::npos) << "it may be bound by what is unknown";
  const auto json = nlohmann::json::parse(printed(unknown + " --json"));
  EXPECT_TRUE(json["points"][0]["messages_per_step"].is_null());
  EXPECT_TRUE(json["points"][0]["bytes_per_step"].is_null());
}

// Three workers have 24 samples per step, and so have six: each computes half as long.
TEST(Explain, SaysWhatAStepTakesBeforeAndAfterWorkersChange) {
  const std::string changes = std::string(kFolder) +
                              "compute-bound.yaml -s sweep={} -s 'workload.batch={global: 24}' -s "
                              "'elastic=[{at: step 1, workers: 6}]'";
  const auto json = nlohmann::json::parse(printed(changes + " --json"));
  ASSERT_EQ(json["points"].size(), 2u);
  for (const auto& [index, steps, workers, bytes, least_s] :
       {std::tuple{0, 1, 3, 16000, 8.0}, std::tuple{1, 2, 6, 40000, 4.0}}) {
    const auto& point = json["points"][static_cast<std::size_t>(index)];
    EXPECT_EQ(point["steps"], steps);
    EXPECT_EQ(point["ranks"], workers);
    EXPECT_EQ(point["bytes_per_step"], bytes);
    EXPECT_EQ(point["bounds"][0]["least_s"], least_s);
  }
}

// Those who are left compute the others' samples, too, and must hold what these keep.
TEST(Explain, RefusesWorkersWhoDoNotFitOnceOthersHaveLeft) {
  const std::string fits = std::string(kFolder) +
                           "compute-bound.yaml -s sweep={} -s 'workload.batch={global: 24}' -s "
                           "workload.model.activations=1000 -s cluster.host.memory=100kB";
  EXPECT_EQ(printed(fits).find("skipped"), std::string::npos);
  EXPECT_NE(
      refused(fits + " -s 'elastic=[{at: step 1, workers: 1}]'").find("elastic: from step 1 on rank 0 would hold"),
      std::string::npos);
}

const std::string kShrinking = std::string(kFolder) +
                               "compute-bound.yaml -s sweep={} -s 'workload.batch={global: 24}' -s "
                               "workload.model.activations=1000 -s cluster.host.memory=1MB";

// Three have 24 samples per step. Two take 12 each from step 1 on, and one all 24 from step 2 on.
TEST(Explain, SaysWhatAStepTakesAfterFailuresThatShrink) {
  const auto json = nlohmann::json::parse(printed(
      kShrinking +
      " -s 'faults=[{kill: worker 1, at: step 2, shrink: true}, {kill: worker 1, at: step 1, shrink: true}]' --json"));
  ASSERT_EQ(json["points"].size(), 3u);
  double before_bytes = 0;
  for (const auto& [index, workers, least_s] :
       {std::tuple{0, 3, 8.0}, std::tuple{1, 2, 12.0}, std::tuple{2, 1, 24.0}}) {
    const auto& point = json["points"][static_cast<std::size_t>(index)];
    EXPECT_EQ(point["steps"], 1);
    EXPECT_EQ(point["ranks"], workers);
    EXPECT_EQ(point["bounds"][0]["least_s"], least_s);
    EXPECT_GT(point["memory"]["total_bytes"], before_bytes);
    before_bytes = point["memory"]["total_bytes"];
  }
}

// Worker 2 is not there any more, and 1 is among the three that there are again.
TEST(Explain, KnowsWhoIsThereToFail) {
  const auto json = nlohmann::json::parse(printed(
      kShrinking +
      " -s workload.stop.steps=4 -s 'elastic=[{at: step 1, workers: 2}, {at: step 3, workers: 3}]' -s "
      "'faults=[{kill: worker 2, at: step 2, shrink: true}, {kill: worker 1, at: step 3, shrink: true}]' --json"));
  std::vector<int> ranks, steps;
  for (const auto& point : json["points"]) {
    ranks.push_back(point["ranks"]);
    steps.push_back(point["steps"]);
  }
  EXPECT_EQ(ranks, (std::vector<int>{3, 2, 2}));
  EXPECT_EQ(steps, (std::vector<int>{1, 2, 1}));
}

TEST(Explain, RefusesWorkersWhoDoNotFitOnceOneHasFailed) {
  const std::string little = kShrinking + " -s cluster.host.memory=100kB -s 'faults=[{kill: worker 1, at: step 2";
  EXPECT_EQ(printed(little + "}]'").find("with 2"), std::string::npos) << "it starts again";
  EXPECT_NE(refused(little + ", shrink: true}]'").find("error: faults: from step 2 on rank 0 would hold"),
            std::string::npos);
}

// When it fails is not known, nor whether it does.
TEST(Explain, SaysWhatAFailureAtAnyTimeWouldLeave) {
  const std::string at_random = kShrinking + " -s 'faults=[{mtbf: 1h, shrink: true}]' -s cluster.host.memory=";
  const std::string fits = printed(at_random + "1MB"), does_not = printed(at_random + "150kB");
  for (const std::string& text : {fits, does_not})
    EXPECT_NE(text.find(", once one more has failed, with 2"), text.npos);
  EXPECT_EQ(fits.find("failures may leave"), std::string::npos);
  EXPECT_NE(does_not.find("warning: allreduce ring, sim, 3 workers: failures may leave 1 worker: rank 0 would hold"),
            std::string::npos)
      << does_not;
  const std::string planned = printed(kShrinking +
                                      " -s 'faults=[{kill: worker 1, at: 1s, shrink: true}]' -s "
                                      "cluster.host.memory=150kB");
  EXPECT_EQ(planned.find("failures may leave"), std::string::npos) << "two are left at least";
}

// The fast host's part of a batch is the larger one.
TEST(Explain, RefusesAPartBySpeedThatDoesNotFit) {
  const std::string even = std::string(kFolder) +
                           "compute-bound.yaml -s sweep={} -s 'workload.batch={global: 24}' -s "
                           "workload.model.activations=1000 -s cluster.host.memory=100kB -s "
                           "'cluster.hosts=[{worker: 0, speed: 8Tflop/s}]'";
  EXPECT_EQ(printed(even).find("skipped"), std::string::npos);
  EXPECT_NE(refused(even + " -s workload.partition=speed").find("rank 0 would hold"), std::string::npos);
}

TEST(Explain, HasNothingToSayWhereNoPointCanRun) {
  const std::string sweep = std::string(kFolder) +
                            "compute-bound.yaml -s cluster.host.memory=1B -s "
                            "'sweep.grid={cluster.workers: [2, 3]}'";
  const std::string text = refused(sweep);
  EXPECT_NE(text.find("nothing to run"), std::string::npos) << text;
  EXPECT_NE(text.find("skipped: "), std::string::npos) << text;
}

TEST(Explain, ARealNetworkIsNotTheScenarios) {
  EXPECT_NE(printed(std::string(kFolder) + "compute-bound.yaml -s world=threads")
                .find("warning: no run uses the scenario's network: cluster.network.bandwidth cannot show"),
            std::string::npos);
}

TEST(Explain, WhatItPrintsAsTheScenarioIsOne) {
  const std::string text = printed(std::string(kFolder) + "compute-bound.yaml");
  const std::string path = testing::TempDir() + "/explained.yaml";
  std::ofstream(path) << text.substr(text.find("  tandem: 1"));
  EXPECT_NE(printed(path).find("3 workers"), std::string::npos);
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc < 2 || std::string(argv[1]) != "--regenerate") return RUN_ALL_TESTS();
  for (const char* name : tandem::kScenarios)
    std::ofstream(tandem::kFolder + std::string(name) + ".txt") << tandem::explained(name);
  return 0;
}
