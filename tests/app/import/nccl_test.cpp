// Logs of nccl-tests: the samples are those of made-up machines whose alpha and beta are known exactly.
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <regex>

#include "app/scenario/loader.h"
#include "tests/app/import/imported.h"

namespace tandem {
namespace {

using testing::HasSubstr;

Cluster cluster_of(const std::string& text) {
  const TemporaryFolder folder;
  folder.file("cluster.yaml", text);
  const std::string scenario = folder.file("scenario.yaml",
                                           "tandem: 1\nname: x\nquestion: Is it read?\n"
                                           "workload: {model: {name: softmax}, data: {source: fashion-mnist},\n"
                                           "  optimizer: {name: sgd, lr: 0.1}, batch: {per_worker: 8}, stop: {steps: "
                                           "1}}\nstrategy: {name: allreduce}\nworld: sim\n"
                                           "cluster: {from: cluster.yaml}\n");
  return load_plan(scenario).points.front().scenario.cluster;
}

// 60 us + S / (12.5 GB/s): with two nodes, S passes each node's card; three rounds lead eight ranks to a sum.
TEST(NcclTests, ALogOfTwoNodesBecomesACluster) {
  const Imported imported = import_file(golden("nccl-all-reduce.log"));
  const Cluster cluster = cluster_of(imported.texts.front().text);
  EXPECT_EQ(cluster.workers, 8);
  EXPECT_EQ(cluster.ranks_per_node, 4);
  EXPECT_NEAR(cluster.network.bandwidth_bytes_per_s, 12.5e9, 0.01 * 12.5e9);
  EXPECT_NEAR(cluster.network.latency_s, 20e-6, 0.01 * 20e-6);
  // busbw: 2 x 7 / 8 of the vector passes each rank's link.
  EXPECT_NEAR(cluster.network.intra_node.bandwidth_bytes_per_s, 1.75 * 12.5e9, 0.01 * 1.75 * 12.5e9);
  EXPECT_THAT(imported.notes, testing::ElementsAre("all-reduce: row refused, line 23: 3 wrong values"));
  EXPECT_THAT(imported.texts.front().text, HasSubstr("# jump: from 16KiB to 64KiB (line 21)")) << "the slow protocol";
}

// 20 us + 3/4 S / (40 GB/s) on one node: there is no network to speak of.
TEST(NcclTests, ALogOfOneNodeBehindTagsOfMpirun) {
  const Imported imported = import_file(golden("nccl-alltoall-tagged.log"));
  const Cluster cluster = cluster_of(imported.texts.front().text);
  EXPECT_EQ(cluster.ranks_per_node, 4);
  EXPECT_NEAR(cluster.network.intra_node.bandwidth_bytes_per_s, 40e9, 0.01 * 40e9);
  EXPECT_NEAR(cluster.network.intra_node.latency_s, 20e-6 / 3, 0.01 * 20e-6 / 3);
  EXPECT_TRUE(imported.notes.empty());
}

// Its list of devices has two entries, one for each process of eight GPUs.
TEST(NcclTests, TheReportInJsonCountsProcesses) {
  const Imported imported = import_file(golden("nccl-all-gather.json"));
  const Cluster cluster = cluster_of(imported.texts.front().text);
  EXPECT_EQ(cluster.workers, 16);
  EXPECT_EQ(cluster.ranks_per_node, 8);
  // 30 us + 15/16 S / (20 GB/s); at least half of S comes into each of the two nodes.
  EXPECT_NEAR(cluster.network.bandwidth_bytes_per_s, 20e9 * 16 / 15 / 2, 0.01 * 20e9);
  EXPECT_THAT(imported.notes, testing::ElementsAre(HasSubstr("nwrong is null")));
}

TEST(NcclTests, WhatCannotBeTrustedIsRefused) {
  const std::string log = text_of_file(golden("nccl-all-reduce.log"));
  EXPECT_THAT(refusal_of(replaced(log, "#  Rank  7", "#  Rnk  7")), HasSubstr("7 ranks on 2 nodes"));
  EXPECT_THAT(refusal_of(replaced(log, "   redop    root     time", "   redop    root  cputime")),
              HasSubstr("cputime"));
  EXPECT_THAT(refusal_of(replaced(log, "node1 device  3", "node2 device  3")), HasSubstr("8 ranks on 3 nodes"));
  EXPECT_THAT(refusal_of("algbw busbw\n"), HasSubstr("no row with a size and a time"));
  // A time that its rates contradict.
  const TemporaryFolder folder;
  const Imported odd = import_file(folder.file("log", replaced(log, "  21534.8", "  11534.8")));
  EXPECT_THAT(odd.notes,
              testing::Contains(HasSubstr("line 28: algbw is 12.47 GB/s, but 268435456 bytes in 11534.80 us")));
}

// Without the program's name, columns and rates tell: a sum at every rank that sends 1.75 times its size.
TEST(NcclTests, ACollectiveWithoutANameIsInferred) {
  const TemporaryFolder folder;
  const std::string log =
      replaced(text_of_file(golden("nccl-all-reduce.log")), "# Collective test starting: all_reduce_perf\n", "");
  const Imported imported = import_file(folder.file("log", log));
  EXPECT_THAT(imported.texts.front().text, HasSubstr("known by its columns redop and root"));
}

std::string rewritten(const std::string& text, const std::string& what, const std::string& by) {
  return std::regex_replace(text, std::regex(what), by);
}

// Logs of before 2022 do not name their program, call what is wrong "error", and have only the columns that mean
// something.
TEST(NcclTests, OldLogsAreKnownByTheirColumns) {
  const std::string log = rewritten(
      rewritten(text_of_file(golden("nccl-all-reduce.log")), "# (nccl-tests version|Collective test).*\n", ""),
      "#wrong", "error");
  const auto text_and_notes = [](const std::string& text) {
    const TemporaryFolder folder;
    const Imported imported = import_file(folder.file("log", text));
    return imported.texts.front().text + fmt::format("{}", fmt::join(imported.notes, "\n"));
  };
  const std::string sums = rewritten(rewritten(log, " root", ""), "sum +-1", "sum");
  EXPECT_THAT(text_and_notes(sums), HasSubstr("# all-reduce (float; known by its columns"));
  // The rates stay those of an all-reduce, so the rows of another collective contradict themselves.
  EXPECT_THAT(text_and_notes(rewritten(rewritten(log, " redop +root", ""), "sum +-1", "")),
              HasSubstr("busbw is 1.749 times algbw; for all-gather of 8 ranks it is 0.875"));
  EXPECT_THAT(text_and_notes(rewritten(rewritten(log, " redop", ""), "sum +-1", "0")),
              HasSubstr("for broadcast of 8 ranks it is 1.000"));
  EXPECT_THAT(text_and_notes(rewritten(log, "sum +-1", "sum 0")), HasSubstr("for reduce of 8 ranks it is 1.000"));

  const std::string exchange =
      rewritten(rewritten(text_of_file(golden("nccl-alltoall-tagged.log")), "alltoall_perf", ""), " root", "");
  EXPECT_THAT(text_and_notes(rewritten(exchange, "none +-1", "")),
              HasSubstr("# all-to-all (float; known by its column redop, which is blank): 10 rows"));
}

TEST(NcclTests, APageThatLostTheFirstSignOfALineIsRead) {
  const std::string log = text_of_file(golden("nccl-all-reduce.log"));
  const TemporaryFolder folder;
  const Imported imported = import_file(folder.file("log", replaced(log, "#  Rank  0", "  Rank  0")));
  EXPECT_EQ(cluster_of(imported.texts.front().text).workers, 8);
}

// Rows without bytes come first in logs of all-gathers: they are not why a log cannot be used.
TEST(NcclTests, ALogWithoutUsableRowsIsToldByItsLargest) {
  const std::string log = text_of_file(golden("nccl-all-reduce.log"));
  EXPECT_THAT(refusal_of(rewritten(rewritten(log, "([0-9] +)[03](  +[0-9])", "$1N/A$2"), "        1024           256",
                                   "           0             0")),
              HasSubstr("no usable row of 10; line 28: #wrong is N/A: the run did not check its results (-c 0)"));
}

}  // namespace
}  // namespace tandem
