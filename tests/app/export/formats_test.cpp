// The formats that other tools replay, as those tools read them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/util/delimited_message_util.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/import/chakra.pb.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;

// Three workers in a ring: each step has 2 (n-1) = 4 messages per rank.
constexpr const char* kRing = R"(tandem: 1
name: ring
question: How long is a step of a ring?
workload:
  model: {name: profile, parameters: 3000000, flops_per_sample: 10Mflop}
  batch: {global: 3}
  stop: {steps: 2}
cluster: {workers: 3, host: {speed: 1Gflop/s}, network: {bandwidth: 1Gbit/s, latency: 20us}}
strategy: {name: allreduce, collective: ring}
world: sim
)";
constexpr std::size_t kMessagesOfRank = 2 * 4;
constexpr double kBytesOfMessage = 4e6;

class Exported : public testing::Test {
 protected:
  Exported() { folder_.file("ring.yaml", kRing); }

  void write(const std::string& format, const std::string& output, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"export", "ring.yaml", "--as", format, "-o", output};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_program(folder_, words);
    ASSERT_EQ(ended.code, 0) << ended.err;
  }
  std::string text(const std::string& name) const { return content_of(folder_.path() / name); }
  double step_s() {
    EXPECT_EQ(run_program(folder_, {"run", "ring.yaml", "-o", "run"}).code, 0);
    return std::stod(read_table(folder_.path() / "run" / "runs.csv").at(0).at("step_s"));
  }

  TemporaryFolder folder_;
};

TEST_F(Exported, ChakraIsReadBackByProtobuf) {
  ASSERT_NO_FATAL_FAILURE(write("chakra", "ring.et"));
  for (int rank = 0; rank < 3; ++rank) {
    std::ifstream file(folder_.path() / fmt::format("ring.{}.et", rank), std::ios::binary);
    google::protobuf::io::IstreamInputStream stream(&file);
    chakra::GlobalMetadata metadata;
    bool is_at_end = false;
    using google::protobuf::util::ParseDelimitedFromZeroCopyStream;
    ASSERT_TRUE(ParseDelimitedFromZeroCopyStream(&metadata, &stream, &is_at_end));
    std::map<int, std::size_t> nodes_of_type;
    std::set<std::uint64_t> ids;
    double computed_us = 0;
    for (chakra::Node node; ParseDelimitedFromZeroCopyStream(&node, &stream, &is_at_end); node.Clear()) {
      ++nodes_of_type[node.type()];
      for (const std::uint64_t other : node.data_deps()) EXPECT_TRUE(ids.contains(other));
      ids.insert(node.id());
      computed_us += static_cast<double>(node.duration_micros());
      for (const chakra::Attribute& attribute : node.attr()) {
        if (attribute.name() != "comm_size") continue;
        EXPECT_EQ(attribute.int64_val(), kBytesOfMessage);
      }
    }
    EXPECT_TRUE(is_at_end);
    EXPECT_EQ(nodes_of_type[chakra::COMM_SEND_NODE], kMessagesOfRank);
    EXPECT_EQ(nodes_of_type[chakra::COMM_RECV_NODE], kMessagesOfRank);
    EXPECT_NEAR(computed_us, 2 * 10'000, 1);  // two steps of 10 Mflop; sums cost nothing here
  }
}

// A replay computes one thing at a time: a sum that takes no time would wait for the backward pass beside it.
TEST_F(Exported, ChakraHasNoNodesOfSumsThatTakeNoTime) {
  ASSERT_NO_FATAL_FAILURE(
      write("chakra-json", "ring.json", {"-s", "strategy.overlap=true", "-s", "strategy.bucket=1MB"}));
  std::set<std::uint64_t> receives, awaited;
  const auto json = nlohmann::json::parse(text("ring.1.json"));
  for (const auto& node : json.at("workload_graph")) {
    if (node.at("NodeType") == 4) {
      EXPECT_GT(node.at("runtime"), 0) << node;
    }
    if (node.at("NodeType") == 6) receives.insert(node.at("Id").get<std::uint64_t>());
    for (const auto& other : node.at("data_deps")) awaited.insert(other.get<std::uint64_t>());
  }
  EXPECT_EQ(receives.size(), kMessagesOfRank);
  // What waited for a sum waits for the message that was summed; nothing waits for the last one.
  std::size_t unawaited = 0;
  for (const std::uint64_t receive : receives) unawaited += awaited.contains(receive) ? 0 : 1;
  EXPECT_LE(unawaited, 1U);
}

TEST_F(Exported, ChakraAsJsonSaysTheSame) {
  ASSERT_NO_FATAL_FAILURE(write("chakra-json", "ring.json"));
  const auto json = nlohmann::json::parse(text("ring.2.json"));
  std::size_t sends = 0;
  for (const auto& node : json.at("workload_graph")) {
    for (const char* key : {"Id", "Name", "NodeType", "runtime", "data_deps", "is_cpu_op"})
      EXPECT_TRUE(node.contains(key)) << key;
    if (node.at("NodeType") != 5) continue;
    ++sends;
    EXPECT_EQ(node.at("comm_dst"), 0);
    EXPECT_EQ(node.at("comm_src"), 2);
    EXPECT_EQ(node.at("comm_size"), kBytesOfMessage);
  }
  EXPECT_EQ(sends, kMessagesOfRank);
}

TEST_F(Exported, GoalRequiresOnlyWhatIsThere) {
  ASSERT_NO_FATAL_FAILURE(write("goal", "ring.goal"));
  std::istringstream lines(text("ring.goal"));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "num_ranks 3");
  std::set<std::string> labels;
  std::multiset<std::string> sends, receives;
  int rank = -1;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string label, what, size, way, peer, tag, number;
    words >> label >> what;
    if (label == "rank") {
      ++rank;
      labels.clear();
    } else if (what == "requires") {
      words >> size;
      EXPECT_TRUE(labels.contains(label + ":") && labels.contains(size + ":")) << line;
    } else if (!label.empty() && label != "}") {
      labels.insert(label);
      EXPECT_EQ(line.find(" cpu "), line.npos) << "LogGOPSim waits for nothing that another processor does";
      if (what == "calc") continue;
      words >> size >> way >> peer >> tag >> number;
      EXPECT_EQ(size, "4000000b");
      if (what == "send") sends.insert(fmt::format("{} {} {}", rank, peer, number));
      if (what == "recv") receives.insert(fmt::format("{} {} {}", peer, rank, number));
    }
  }
  EXPECT_EQ(sends.size(), 3 * kMessagesOfRank);
  EXPECT_EQ(sends, receives);
}

TEST_F(Exported, PerfettoHasAnArrowForEachMessage) {
  ASSERT_NO_FATAL_FAILURE(write("perfetto", "ring.json"));
  const auto events = nlohmann::json::parse(text("ring.json")).at("traceEvents");
  std::map<std::string, double> begins;
  std::size_t ends = 0;
  for (const auto& event : events) {
    if (event.at("ph") == "s") begins[event.at("id")] = event.at("ts");
  }
  for (const auto& event : events) {
    if (event.at("ph") != "f") continue;
    ++ends;
    ASSERT_TRUE(begins.contains(event.at("id")));
    EXPECT_GE(event.at("ts").get<double>(), begins.at(event.at("id")) + 20);  // not before a latency has passed
  }
  EXPECT_EQ(begins.size(), 3 * kMessagesOfRank);
  EXPECT_EQ(ends, begins.size());
}

// SimGrid's own replay of the same messages, on the same star and with its factors taken out, takes the same time.
TEST_F(Exported, SmpiReplaysTheStepsInTheTimeThatTandemSays) {
  ASSERT_NO_FATAL_FAILURE(write("smpi-ti", "ring.ti"));
  std::string list;
  for (int rank = 0; rank < 3; ++rank) list += fmt::format("{}/ring.{}.txt\n", folder_.path().string(), rank);
  EXPECT_EQ(text("ring.ti"), list);
  folder_.file("star.xml", R"(<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1">
  <cluster id="c" prefix="h" suffix="" radical="0-2" speed="1Gf" bw="125MBps" lat="10us" sharing_policy="SPLITDUPLEX"/>
</platform>
)");
  folder_.file("hosts", "h0\nh1\nh2\n");
  const std::string command = fmt::format(
      "cd {} && smpirun -np 3 -hostfile hosts -platform star.xml --cfg=network/model:CM02 --cfg=network/crosstraffic:0 "
      "--cfg=network/latency-factor:1 --cfg=network/bandwidth-factor:1 --cfg=network/weight-S:0 "
      "--cfg=network/TCP-gamma:0 "
      "--cfg=smpi/async-small-thresh:0 --cfg=smpi/send-is-detached-thresh:0 --cfg=smpi/display-timing:1 -replay "
      "ring.ti "
      ">replay.log 2>&1",
      folder_.path().string());
  ASSERT_EQ(std::system(command.c_str()), 0) << text("replay.log");
  const std::string log = text("replay.log");
  const std::string before = "Simulated time: ";
  const std::size_t at = log.find(before);
  ASSERT_NE(at, log.npos) << log;
  EXPECT_NEAR(std::stod(log.substr(at + before.size())), 2 * step_s(), 0.01 * 2 * step_s()) << log;
}

TEST_F(Exported, WhatAFormatCannotSayIsRefused) {
  const Ended stacks = run_program(folder_, {"export", "ring.yaml", "-s", "strategy.overlap=true", "-s",
                                             "strategy.bucket=1MB", "--as", "smpi-ti", "-o", "x.ti"});
  EXPECT_EQ(stacks.code, 1);
  EXPECT_THAT(stacks.err, HasSubstr("several stacks"));
  const Ended points = run_program(
      folder_, {"export", "ring.yaml", "-s", "sweep.grid.cluster.workers=[2, 3]", "--as", "goal", "-o", "x.goal"});
  EXPECT_EQ(points.code, 2);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "x.goal"));
}

}  // namespace
}  // namespace tandem
