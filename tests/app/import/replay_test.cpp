// What `tandem export` writes of a run, `tandem import` reads, and a replay does the same: messages, bytes and time.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;

constexpr const char* kHead = R"(tandem: 1
name: traced
question: How long does it take?
workload:
  model: {name: profile, parameters: 3000001, flops_per_sample: 60Mflop, layer_count: 6, activations: 1001}
  batch: {global: 48}
  stop: {steps: 2}
world: sim
)";
constexpr const char* kHostsAndLinks = "  host: {speed: 10Gflop/s}\n  network: {bandwidth: 1Gbit/s, latency: 20us}\n";

struct Case {
  std::string label, strategy;
};

class RoundTrip : public testing::TestWithParam<Case> {
 protected:
  Table run(const std::string& scenario, const std::string& output) {
    const Ended ended = run_program(folder_, {"run", scenario, "-o", output});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return read_table(folder_.path() / output / "runs.csv");
  }
  /// What was traced, with the cluster that it ran on.
  void state_cluster() {
    const std::string text = content_of(folder_.path() / "again-scenario.yaml");
    folder_.file("again-scenario.yaml", text.substr(0, text.find("  network:")) + kHostsAndLinks);
  }

  const TemporaryFolder folder_;
};

TEST_P(RoundTrip, DoesTheSameInTheSameTime) {
  folder_.file("traced.yaml",
               fmt::format("{}strategy: {}\ncluster:\n  workers: 3\n{}", kHead, GetParam().strategy, kHostsAndLinks));
  const auto traced = run("traced.yaml", "traced").at(0);
  for (const std::string format : {"chakra", "chakra-json"}) {
    const std::string extension = format == "chakra" ? "et" : "json";
    ASSERT_EQ(run_program(folder_, {"export", "traced.yaml", "--as", format, "-o", "trace." + extension}).code, 0);
    const Ended imported = run_program(folder_, {"import", "trace.{rank}." + extension, "-o", "again.yaml", "--force"});
    ASSERT_EQ(imported.code, 0) << imported.err;
    EXPECT_EQ(imported.err, "") << "nothing needs to be inferred";
    state_cluster();
    const auto replayed = run("again-scenario.yaml", "replayed-" + extension).at(0);
    EXPECT_EQ(replayed.at("messages_sent"), traced.at("messages_sent"));
    EXPECT_EQ(replayed.at("bytes_sent"), traced.at("bytes_sent"));
    // Whole microseconds: each computation begins and ends at most half of one early or late.
    EXPECT_NEAR(std::stod(replayed.at("time_s")), std::stod(traced.at("time_s")), 2e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Strategies, RoundTrip,
    testing::Values(Case{"gpipe", "{name: pipeline, microbatches: 4}"},
                    Case{"interleaved", "{name: pipeline, microbatches: 6, schedule: interleaved}"},
                    Case{"ring", "{name: allreduce, collective: ring, bucket: 4MB}"},
                    Case{"overlap", "{name: allreduce, collective: ring, bucket: 4MB, overlap: true}"},
                    Case{"server", "{name: ps-sync}"}),
    [](const auto& test) { return test.param.label; });

nlohmann::json node(int id, int type, const std::string& name, const std::vector<int>& needs,
                    nlohmann::json more = {}) {
  nlohmann::json all = {{"Id", id}, {"Name", name}, {"NodeType", type}, {"data_deps", needs}};
  if (!more.is_null()) all.update(more);
  return all;
}

constexpr int kMetadata = 1, kLoad = 2, kCompute = 4, kSend = 5, kReceive = 6, kCollective = 7;

class ChakraSet : public testing::Test {
 protected:
  void rank(int number, const std::vector<nlohmann::json>& nodes) {
    folder_.file(fmt::format("t.{}.json", number), nlohmann::json{{"workload_graph", nodes}}.dump());
  }
  Ended import_set() { return run_program(folder_, {"import", "t.{rank}.json", "-o", "t.yaml", "--force"}); }
  std::string program() { return content_of(folder_.path() / "t.yaml"); }

  const TemporaryFolder folder_;
};

// Nodes may stand before those that they wait for. An all-gather's bytes are one rank's.
TEST_F(ChakraSet, IsPutInOrderAndWhatIsInferredIsCounted) {
  const nlohmann::json gather = {{"comm_type", 2}, {"comm_size", 4}, {"pg_name", "mp"}};
  rank(0, {node(9, kCompute, "late", {4, 3}, {{"runtime", 5}}), node(3, kCompute, "early", {}, {{"runtime", 2}}),
           node(4, kCollective, "gather", {1}, gather), node(1, kMetadata, "begin", {}),
           node(5, kCompute, "beside", {}, {{"runtime", 7}})});
  rank(1, {node(1, kCollective, "gather", {}, gather)});
  rank(2, {node(0, kCompute, "alone", {}, {{"num_ops", 1000}})});
  const Ended ended = import_set();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("note: 1 of 4 computations do not wait for the one before"));
  EXPECT_THAT(ended.err, HasSubstr("note: 1 groups of collectives"));
  EXPECT_THAT(program(), HasSubstr(R"(groups:
- [0, 1]
ranks:
# rank 0
- - {do: compute, time: 2us, name: "early"}
  - {do: compute, time: 0s, after: [], name: "begin"}
  - {do: all-gather, bytes: 8B, group: 0, stream: 2, name: "gather"}
  - {do: compute, time: 5us, after: [0, 2], name: "late"}
  - {do: compute, time: 7us, after: [], name: "beside"}
# rank 1
- - {do: all-gather, bytes: 8B, group: 0, stream: 2, name: "gather"}
# rank 2
- - {do: compute, flops: 1kflop, name: "alone"}
)"));
}

TEST_F(ChakraSet, WhatCannotBePlayedIsRefusedByFileAndNode) {
  const nlohmann::json message = {{"comm_src", 0}, {"comm_dst", 1}, {"comm_size", 8}, {"comm_tag", 5}};
  rank(0, {node(7, kSend, "hand over", {}, message)});
  rank(1, {node(2, kCompute, "work", {}, {{"runtime", 1}})});
  const auto refusal = [&] {
    const Ended ended = import_set();
    EXPECT_EQ(ended.code, 2);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "t.yaml"));
    return ended.err;
  };
  EXPECT_THAT(refusal(),
              HasSubstr("t.0.json: error: node 7: activity 0 (hand over) of rank 0 sends to rank 1 with tag 5"));
  rank(1, {node(2, kReceive, "take", {3}, message), node(3, kSend, "give", {2}, message)});
  EXPECT_THAT(refusal(), HasSubstr("t.1.json: error: node 2 (take) waits for itself"));
  rank(1, {node(2, kLoad, "fetch", {})});
  EXPECT_THAT(refusal(), HasSubstr("t.1.json: error: node 2 (fetch) reads or writes memory elsewhere"));
  rank(1, {node(2, kCollective, "odd", {}, {{"comm_type", 12}})});
  EXPECT_THAT(refusal(), HasSubstr("node 2 (odd) is a collective, which it does not name"));
  const nlohmann::json back = {{"comm_src", 1}, {"comm_dst", 0}, {"comm_size", 8}, {"comm_tag", 6}};
  rank(0, {node(7, kSend, "hand over", {8}, message), node(8, kReceive, "wait", {}, back)});
  rank(1, {node(2, kReceive, "take", {}, message), node(3, kSend, "give", {2}, back)});
  EXPECT_THAT(refusal(), HasSubstr("t.0.json: error: node 8: activity 0 (wait) of rank 0 waits for itself"));
  std::filesystem::remove(folder_.path() / "t.0.json");
  EXPECT_THAT(refusal(), HasSubstr("t.0.json: error: there is no such file"));
}

}  // namespace
}  // namespace tandem
