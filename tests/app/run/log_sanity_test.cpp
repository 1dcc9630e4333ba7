// A log of nccl-tests beside the links that a scenario states: sane, low or impossible.
#include "app/run/log_sanity.h"

#include <gmock/gmock.h>

#include "app/import/input.h"

namespace tandem {
namespace {

using testing::HasSubstr;

constexpr double kGbit_bytes_per_s = 1e9 / 8;

formats::NcclRun golden_run(const char* name) {
  return formats::read_nccl_log(InputFile(std::string(TANDEM_SOURCE_DIR "/tests/golden/import/") + name)).at(0);
}

Cluster cards_of(double gbit_per_s) {
  Cluster cluster;
  cluster.network.bandwidth_bytes_per_s = gbit_per_s * kGbit_bytes_per_s;
  cluster.network.latency_s = 5e-6;
  return cluster;
}

// The sample's largest row moves 268435456 bytes through each of two nodes' cards in 21.5348 ms: 99.7 Gbit/s.
TEST(LogSanity, TellsTheShareOfACard) {
  const formats::NcclRun run = golden_run("nccl-all-reduce.log");
  const JudgedRun exact = judge(run, cards_of(100));
  EXPECT_EQ(exact.sanity, Sanity::sane);
  EXPECT_NEAR(exact.rows.back().share(), 268435456 / 12.5e9 / 21.5348e-3, 1e-3);
  EXPECT_THAT(exact.sentences.at(0), HasSubstr("100 % of a node's card"));
  // Eight ranks in a flat ring send 7/4 of the size, two nodes at least 1.
  const JudgedRun ring = judge(run, cards_of(200));
  EXPECT_EQ(ring.sanity, Sanity::sane);
  EXPECT_THAT(ring.sentences.at(0), HasSubstr("sane for a flat ring"));
  EXPECT_NEAR(ring.rows.back().ring_s, 14 * 5e-6 + 1.75 * 268435456 / 25e9, 1e-9);
}

TEST(LogSanity, TellsWhatIsTooSlow) {
  const JudgedRun slow = judge(golden_run("nccl-all-reduce.log"), cards_of(400));
  EXPECT_EQ(slow.sanity, Sanity::low);
  EXPECT_THAT(slow.sentences.at(0), HasSubstr("low: at its largest size, 25 %"));
}

TEST(LogSanity, TellsWhatNoLinkCanDo) {
  const JudgedRun fast = judge(golden_run("nccl-all-reduce.log"), cards_of(50));
  EXPECT_EQ(fast.sanity, Sanity::impossible);
  EXPECT_TRUE(fast.rows.back().is_impossible());
  EXPECT_THAT(fast.sentences.at(0), HasSubstr("impossible: "));
  // Just below the noise it is not.
  EXPECT_EQ(judge(golden_run("nccl-all-reduce.log"), cards_of(98)).sanity, Sanity::sane);
}

// One node: the links are those inside it.
TEST(LogSanity, JudgesOneNodeByItsInnerLinks) {
  formats::NcclRun run = golden_run("nccl-all-reduce.log");
  run.nodes = {"node0"};
  Cluster cluster;
  cluster.network.intra_node = {.bandwidth_bytes_per_s = 25e9, .latency_s = 1e-6};
  EXPECT_NEAR(judge(run, cluster).rows.back().least_s, 1e-6 + 1.75 * 268435456 / 25e9, 1e-9);
}

}  // namespace
}  // namespace tandem
