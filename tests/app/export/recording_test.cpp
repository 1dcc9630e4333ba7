// What is recorded of a run is the run: its messages, bytes and computations, in an order that its dependencies allow.
#include "app/export/recording.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "algorithms/strategies/strategy.h"
#include "app/run/prepare.h"
#include "app/run/recorded_run.h"
#include "app/scenario/loader.h"
#include "core/errors.h"

namespace tandem {
namespace {

std::string scenario_with(const std::string& strategy, const std::string& more = "") {
  return fmt::format(R"(tandem: 1
name: recorded
question: What do the ranks do?
workload:
  model: {{name: profile, parameters: 1003, flops_per_sample: 1Mflop}}
  batch: {{global: 20}}
  stop: {{steps: 3}}
cluster: {{workers: 5, host: {{speed: 1Gflop/s}}, network: {{bandwidth: 1Gbit/s, latency: 20us}}}}
strategy: {}
world: sim
{})",
                     strategy, more);
}

class Recorded : public testing::TestWithParam<const char*> {};

TEST_P(Recorded, HasTheMessagesAndBytesOfTheClosedForm) {
  const Prepared prepared = prepare(parse_plan(scenario_with(GetParam()), "recorded"));
  ASSERT_EQ(prepared.runs.size(), 1U);
  const tandem::Run& run = prepared.runs.front();
  const std::vector<Program> programs = record_run(run);
  ASSERT_EQ(programs.size(), static_cast<std::size_t>(ranks_of(run)));
  const Job job = job_of(run);
  const Strategy& strategy = strategy_of(run.scenario.strategy);
  double computed_s = 0;
  for (std::size_t rank = 0; rank < programs.size(); ++rank) {
    std::uint64_t sent = 0, received = 0;
    double bytes = 0;
    for (const Activity& activity : programs[rank].activities) {
      for (const std::uint32_t other : activity.needs) {
        const Activity& needed = programs[rank].activities.at(other);
        EXPECT_LE(needed.end_s, activity.start_s) << rank << " " << activity.name << " needs " << needed.name;
      }
      if (activity.kind == Activity::Kind::compute) computed_s += activity.duration_s;
      if (activity.bytes == 0) continue;  // notes between ranks carry no payload, and are not counted
      sent += activity.kind == Activity::Kind::send ? 1 : 0;
      received += activity.kind == Activity::Kind::receive ? 1 : 0;
      bytes += activity.kind == Activity::Kind::send ? activity.bytes : 0;
    }
    const auto expected = strategy.traffic(job, static_cast<int>(rank), {0, job.steps});
    ASSERT_TRUE(expected);
    EXPECT_EQ(sent, expected->messages_sent) << rank;
    EXPECT_EQ(received, expected->messages_received) << rank;
    EXPECT_EQ(bytes, static_cast<double>(expected->bytes_sent)) << rank;
  }
  // 3 steps of 20 samples of 1 Mflop at 1 Gflop/s, and the sums.
  EXPECT_GE(computed_s, 3 * 20 * 1e-3 * 0.999);
  EXPECT_NO_THROW(message_numbers(programs));
}

INSTANTIATE_TEST_SUITE_P(Strategies, Recorded,
                         testing::Values("{name: allreduce, collective: ring}",
                                         "{name: allreduce, collective: halving-doubling}",
                                         "{name: allreduce, collective: ring, bucket: 1kB, overlap: true}",
                                         "{name: ps-sync, servers: 2}", "{name: local-sgd, period: 2}"));

TEST(Recording, RefusesWhatNoProgramCanSay) {
  const Prepared real = prepare(
      parse_plan("tandem: 1\nname: real\nquestion: q?\nworkload:\n  model: {name: linear, init: zeros}\n  data: "
                 "{source: synthetic-linear, rows: 20, features: 3}\n  batch: {global: 10}\n  stop: {steps: "
                 "1}\ncluster: {workers: 2}\nworld: threads\n",
                 "real"));
  EXPECT_THROW(record_run(real.runs.at(0)), UsageError);
}

TEST(MessageNumbers, RefusesAMessageWithOneSide) {
  std::vector<Program> programs(2);
  programs[0].activities = {{.kind = Activity::Kind::send, .peer = 1, .tag = 3}};
  EXPECT_THROW(message_numbers(programs), RunFailed);
  programs[1].activities = {{.kind = Activity::Kind::receive, .peer = 0, .tag = 4}};
  EXPECT_THROW(message_numbers(programs), RunFailed);
  programs[1].activities.front().tag = 3;
  EXPECT_EQ(message_numbers(programs), (std::vector<std::vector<std::uint64_t>>{{0}, {0}}));
  programs[1].activities.front().is_withdrawn = true;
  EXPECT_THROW(message_numbers(programs), RunFailed);
}

// Two tags of one pair, received in another order than sent: numbers are the sender's.
TEST(MessageNumbers, AreTheSameOnBothSides) {
  using Kind = Activity::Kind;
  std::vector<Program> programs(2);
  programs[0].activities = {{.kind = Kind::send, .peer = 1, .tag = 1},
                            {.kind = Kind::send, .peer = 1, .tag = 2},
                            {.kind = Kind::compute},
                            {.kind = Kind::send, .peer = 1, .tag = 1}};
  programs[1].activities = {{.kind = Kind::receive, .peer = 0, .tag = 2},
                            {.kind = Kind::receive, .peer = 0, .tag = 1},
                            {.kind = Kind::receive, .peer = 0, .tag = 1}};
  EXPECT_EQ(message_numbers(programs), (std::vector<std::vector<std::uint64_t>>{{0, 1, 0, 2}, {1, 0, 2}}));
}

}  // namespace
}  // namespace tandem
