// Hosts that hang for a while: nothing is lost but time, in every world whose ranks can, and whoever waits too long
// says for whom.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/store/journal.h"
#include "core/errors.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

using testing::HasSubstr;
using testing::Not;

FaultSpec hang(Victim victim, FaultTime at, double lasts_s) {
  FaultSpec fault;
  fault.hangs = victim;
  fault.at = at;
  fault.lasts_s = lasts_s;
  return fault;
}

std::vector<JournalEntry> hangs_in(const TemporaryFolder& folder) {
  std::vector<JournalEntry> entries = Journal(folder.path()).read();
  std::erase_if(entries, [](const JournalEntry& entry) { return entry.kind != JournalEntry::Kind::hung; });
  return entries;
}

std::vector<std::string> worlds_whose_hosts_hang() {
  std::vector<std::string> worlds = runnable_worlds();
  std::erase(worlds, "threads");
  return worlds;
}

TEST(Hangs, CostTimeAndNoBits) {
  for (const char* strategy : {"{name: allreduce}", "{name: ps-sync, servers: 1}", "{name: pipeline, microbatches: 2}",
                               "{name: allreduce, codec: {name: top-k, ratio: 0.3}}"}) {
    const std::string digest = run(small_mlp(strategy, 3, "threads")).parameters_sha256;
    for (const std::string& world : worlds_whose_hosts_hang()) {
      SCOPED_TRACE(fmt::format("{} in {}", strategy, world));
      Scenario scenario = small_mlp(strategy, 3, world);
      constexpr double kLasts_s = 0.4;
      scenario.faults = {hang({.index = 1}, {.step = 2}, kLasts_s)};
      const TemporaryFolder folder;
      const RunResult result = run_in(folder.path(), scenario);
      EXPECT_EQ(result.parameters_sha256, digest);
      EXPECT_EQ(result.steps, 6U);
      EXPECT_GE(result.time_s, kLasts_s);
      EXPECT_FALSE(result.failures > 0);
      ASSERT_EQ(hangs_in(folder).size(), 1U);
      EXPECT_EQ(hangs_in(folder)[0].step, 2U);
      EXPECT_EQ(hangs_in(folder)[0].lasts_s, kLasts_s);
    }
  }
}

// All wait for the one, and none of what it would have computed is done meanwhile.
TEST(Hangs, DelayASynchronousSimulationByExactlyTheirLength) {
  Scenario scenario = phantom("{name: allreduce}", 4, 1'000'000, 1, 1e9);
  scenario.workload.batch = {.per_worker = 1};
  scenario.cluster.speed_flops_per_s = 1e9;
  scenario.workload.stop = {.steps = 5};
  const double time_s = run(scenario).time_s;
  for (const FaultTime& at : {FaultTime{.step = 3}, FaultTime{.time_s = 2.5}, FaultTime{.step = 0}}) {
    scenario.faults = {hang({.index = 2}, at, 7)};
    const RunResult result = run(scenario);
    EXPECT_NEAR(result.time_s, time_s + 7, 1e-6);
    EXPECT_EQ(run(scenario).event_digest, result.event_digest);
  }
}

TEST(Hangs, AtATimeHitServersToo) {
  for (const std::string& world : worlds_whose_hosts_hang()) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp("{name: ps-sync, servers: 1}", 2, world);
    const std::string digest = run(scenario).parameters_sha256;
    scenario.faults = {hang({.is_server = true, .index = 0}, {.time_s = 0}, 0.4)};
    const RunResult result = run(scenario);
    EXPECT_GE(result.time_s, 0.4);
    EXPECT_EQ(result.parameters_sha256, digest);
  }
}

TEST(Hangs, HappenOnceThoughTheirStepComesAgain) {
  for (const std::string world : {"sim", "tcp"}) {
    SCOPED_TRACE(world);
    Scenario scenario = small_mlp("{name: allreduce}", 2, world);
    const std::string digest = run(scenario).parameters_sha256;
    FaultSpec kill;
    kill.victim = Victim{.index = 1};
    kill.at = FaultTime{.step = 4};
    scenario.faults = {hang({.index = 0}, {.step = 2}, 0.1), kill};
    const TemporaryFolder folder;
    const RunResult result = run_in(folder.path(), scenario);
    EXPECT_EQ(result.failures, 1);
    EXPECT_EQ(result.parameters_sha256, digest);
    EXPECT_EQ(hangs_in(folder).size(), 1U);
  }
}

TEST(Hangs, LongerThanTheTimeLimitNameWhoDidNotAnswer) {
  for (const std::string world : {"sim", "tcp"}) {
    SCOPED_TRACE(world);
    // Worker 1 waits for the server, which waits for worker 0.
    Scenario scenario = small_mlp("{name: ps-sync, servers: 1}", 2, world);
    scenario.timeout_s = 1;
    scenario.faults = {hang({.index = 0}, {.step = 2}, world == "sim" ? 3 : 60)};
    EXPECT_THAT(failure_of(scenario), HasSubstr("rank 0"));
    scenario.timeout_s = 30;
    scenario.faults = {hang({.index = 0}, {.step = 2}, 0.2)};
    EXPECT_EQ(failure_of(scenario), "");
  }
}

TEST(Hangs, ThatEndWhileOthersGiveUpAreNamedAllTheSame) {
  Scenario scenario = small_mlp("{name: ps-sync, servers: 1}", 2, "tcp");
  scenario.timeout_s = 1;
  scenario.faults = {hang({.index = 0}, {.step = 2}, 2.5)};
  EXPECT_THAT(failure_of(scenario), HasSubstr("; rank 0 did not answer"));
}

}  // namespace
}  // namespace tandem::laws
