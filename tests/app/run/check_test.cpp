// Checks fail when they should, and say by how much.
#include "app/run/check.h"

#include <gtest/gtest.h>

#include "app/run/assemble.h"
#include "tests/app/run/small_job.h"

namespace tandem {
namespace {

constexpr std::size_t kSteps = 3;

std::string failure_of(const SmallRun& run, const std::vector<RankRecord>& records) {
  try {
    check_traffic(run.strategy(), run.job, records);
  } catch (const CheckFailed& error) {
    return error.what();
  }
  return "";
}

std::vector<RankRecord> after_steps(const SmallRun& run) {
  std::vector<RankRecord> records = run.records();
  for (int worker = 0; worker < run.job.workers; ++worker)
    records[static_cast<std::size_t>(worker)].steps.resize(kSteps);
  run.set_traffic(records, kSteps);
  return records;
}

class EachStrategy : public testing::TestWithParam<std::string> {};

TEST_P(EachStrategy, TheClosedFormPassesAndOneMessageMoreDoesNot) {
  for (const int workers : {1, 2, 3, 7}) {
    const SmallRun run(GetParam(), workers);
    std::vector<RankRecord> records = after_steps(run);
    EXPECT_EQ(failure_of(run, records), "") << workers;
    ++records.front().traffic.messages_sent;
    EXPECT_NE(failure_of(run, records), "") << workers;
    ++records.back().traffic.messages_received;
    EXPECT_NE(failure_of(run, records), "") << "all was received, but more than the closed form; " << workers;
  }
}
INSTANTIATE_TEST_SUITE_P(Check, EachStrategy, testing::Values("allreduce", "ps-sync", "ps-async"),
                         [](const auto& each) { return each.param.substr(each.param.find('-') + 1); });

TEST(CheckTraffic, WhatWasNotReceivedIsNamed) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = after_steps(run);
  records[1].traffic.bytes_received -= 4;
  const Traffic all = *run.strategy().traffic(run.job, 0, {0, kSteps}) * 2;
  EXPECT_EQ(failure_of(run, records), "not all that was sent was received: " + std::to_string(all.messages_sent) +
                                          " messages and " + std::to_string(all.bytes_sent) +
                                          " bytes sent (0 to itself), " + std::to_string(all.messages_sent) + " and " +
                                          std::to_string(all.bytes_sent - 4) + " received");
}

TEST(CheckTraffic, TheRankAndBothNumbersAreNamed) {
  const SmallRun run("ps-sync", 1);
  std::vector<RankRecord> records = after_steps(run);
  records[0].traffic.bytes_sent += 8, records[1].traffic.bytes_received += 8;
  EXPECT_EQ(failure_of(run, records),
            "rank 0 of ps-sync over 3 steps: 3 messages and 44 bytes sent (0 to itself), 3 and 36 received; the "
            "closed form says 3 messages and 36 bytes sent (0 to itself), 3 and 36 received");
}

TEST(CheckTraffic, UnderALossTargetAsynchronousWorkersMayDifferInSteps) {
  Scenario scenario = small_scenario("ps-async", 2);
  const SmallRun fixed(scenario);
  scenario.workload.stop.loss = 0.01;
  const SmallRun until_loss(scenario);
  std::vector<RankRecord> records = after_steps(fixed);
  records[1].steps.resize(1);
  records[1].traffic = {1, 12, 1, 12};
  records[2].traffic = {4, 48, 4, 48};
  EXPECT_NE(failure_of(fixed, records), "");
  EXPECT_EQ(failure_of(until_loss, records), "");
  --records[2].traffic.messages_received;
  EXPECT_NE(failure_of(until_loss, records), "") << "but nothing is lost";
}

TEST(CheckReplicas, ACopyWithOtherBitsIsNamed) {
  const std::string good(64, 'a'), bad(64, 'b');
  std::vector<RankRecord> records(3);
  EXPECT_NO_THROW(check_replicas(good, records));
  records[0].replica_sha256 = records[2].replica_sha256 = {good};
  EXPECT_NO_THROW(check_replicas(good, records));
  records[2].rank = 2;
  records[2].replica_sha256 = {good, bad};
  try {
    check_replicas(good, records);
    ADD_FAILURE() << "replicas differ and nobody noticed";
  } catch (const CheckFailed& error) {
    EXPECT_STREQ(
        error.what(),
        "replicas differ: rank 2 ended with parameters bbbbbbbbbbbbbbbb..., the result is aaaaaaaaaaaaaaaa...");
  }
}

TEST(CheckReplicas, AssembleChecksThem) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = run.records();
  records[1].replica_sha256 = {std::string(64, '0')};
  EXPECT_THROW(assemble(run.scenario, run.strategy(), run.job, records), CheckFailed);
}

TEST(CheckTraffic, AssembleChecksIt) {
  const SmallRun run("allreduce", 2);
  std::vector<RankRecord> records = run.records();
  records[1].traffic.messages_sent = records[0].traffic.messages_received = 1;
  EXPECT_THROW(assemble(run.scenario, run.strategy(), run.job, records), CheckFailed);
}

}  // namespace
}  // namespace tandem
