// What asynchrony does: staleness of a saturated server, the bound of SSP, and SSP 0 as the synchronous server.
#include <gtest/gtest.h>

#include "algorithms/strategies/strategy.h"
#include "tests/laws/harness.h"

namespace tandem::laws {
namespace {

TEST(Staleness, OfASaturatedServerIsTheOtherWorkers) {
  constexpr int kWorkers = 6;
  constexpr std::size_t kSteps = 200;
  Scenario scenario =
      phantom("ps-async", kWorkers, 4'000'000, 1, 1e6);  // compute is negligible: the server's link decides
  scenario.workload.stop.steps = kSteps;
  const RunResult result = run(scenario);
  // Every update but the first of each worker sees all the others go by. Those see 0, 1, ... P-1: a deficit of
  // P(P-1)/2 over P T updates.
  const double warm_up = (kWorkers - 1) / 2.0 / kSteps;
  EXPECT_NEAR(result.mean_staleness, kWorkers - 1, warm_up * 2);
  EXPECT_EQ(result.samples, kSteps * 8 * kWorkers);
}

class Ssp : public testing::TestWithParam<int> {};

TEST_P(Ssp, NeverExceedsItsBound) {
  const int bound = GetParam();
  Scenario scenario = phantom("ps-async", 4, 1000, 1, 1e9);
  scenario.strategy = parse_strategy("{name: ps-async, staleness: " + std::to_string(bound) + "}");
  scenario.workload.stop.steps = 40;
  scenario.cluster.slowdowns = {{.ranks = 0, .factor = 7}};
  const RunResult result = run(scenario);
  // Clocks: when a worker ends step c, the slowest has ended at least c - s before that step began.
  std::vector<std::size_t> ended(4, 0);
  std::size_t widest = 0;
  for (const StepResult& row : result.step_rows) {
    if (row.worker < 0) continue;
    ended[static_cast<std::size_t>(row.worker)] = row.step + 1;
    const auto [low, high] = std::minmax_element(ended.begin(), ended.end());
    widest = std::max(widest, *high - *low);
  }
  EXPECT_LE(widest, static_cast<std::size_t>(bound) + 1) << "a worker in its step c + s + 1 while another is in c";
  EXPECT_GE(widest, static_cast<std::size_t>(bound)) << "the fast workers use the slack";
}

INSTANTIATE_TEST_SUITE_P(Bounds, Ssp, testing::Values(0, 1, 3, 8));

TEST(Staleness, UnboundedLetsFastWorkersRunAway) {
  Scenario scenario = phantom("ps-async", 4, 1000, 1, 1e9);
  scenario.workload.stop.steps = 40;
  scenario.cluster.slowdowns = {{.ranks = 0, .factor = 7}};
  const RunResult result = run(scenario);
  double fast_end_s = 0, slow_end_s = 0;
  for (const StepResult& row : result.step_rows) {
    if (row.worker == 0) slow_end_s = std::max(slow_end_s, row.time_s);
    if (row.worker > 0) fast_end_s = std::max(fast_end_s, row.time_s);
  }
  EXPECT_GT(slow_end_s, 6 * fast_end_s);
}

class SspZero : public testing::TestWithParam<const char*> {};

TEST_P(SspZero, IsTheSynchronousServer) {
  for (const int workers : {1, 3, 8}) {
    Scenario sync = small_mlp("ps-sync", workers, GetParam());
    sync.strategy = parse_strategy("{name: ps-sync, servers: 2}");
    Scenario ssp = sync;
    ssp.strategy = parse_strategy("{name: ps-async, servers: 2, staleness: 0}");
    const RunResult a = run(sync), b = run(ssp);
    EXPECT_EQ(a.parameters_sha256, b.parameters_sha256) << workers;
    EXPECT_EQ(b.max_staleness, 0) << workers;
    EXPECT_EQ(a.messages_sent, b.messages_sent);
    EXPECT_EQ(a.bytes_sent, b.bytes_sent);
  }
}

INSTANTIATE_TEST_SUITE_P(Worlds, SspZero, testing::Values("threads", "tcp", "sim"));

TEST(Staleness, SspZeroTakesTheSynchronousServersTime) {
  Scenario sync = phantom("ps-sync", 5, 1'000'000, 1, 1e9);
  Scenario ssp = sync;
  ssp.strategy = parse_strategy("{name: ps-async, staleness: 0}");
  EXPECT_NEAR(run(ssp).time_s / run(sync).time_s, 1, 1e-9);
}

TEST(Staleness, RecordedForEveryUpdate) {
  Scenario scenario = small_mlp("ps-async", 3, "threads");
  scenario.strategy = parse_strategy("{name: ps-async, servers: 2}");
  const RunResult result = run(scenario);
  std::int64_t updates = 0;
  for (const auto& [staleness, count] : result.staleness_counts) updates += count;
  EXPECT_EQ(updates, 3 * 2 * 6);
}

}  // namespace
}  // namespace tandem::laws
