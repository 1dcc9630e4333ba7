// Workers that ask to join a run which trains, and to leave it.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "app/run/asked_change.h"
#include "app/store/join_request.h"
#include "app/store/journal.h"
#include "app/worlds/worlds.h"
#include "core/errors.h"
#include "core/process/child.h"
#include "tests/checkpoints/watched_run.h"
#include "tests/laws/harness.h"
#include "tests/temporary_folder.h"

namespace tandem::laws {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = JournalEntry::Kind;

constexpr std::size_t kSteps = 40;

/// Its steps take some 30 ms, so that there is time to ask.
Scenario slow(int workers, const std::string& world) {
  Scenario scenario = small_mlp("{name: allreduce}", workers, world);
  scenario.workload.stop = {.steps = kSteps};
  scenario.cluster.emulate_speed = true;
  scenario.cluster.speed_flops_per_s = 2e6;
  return scenario;
}

std::vector<JournalEntry> changes_in(const fs::path& folder, Kind kind = Kind::changed) {
  std::vector<JournalEntry> entries = Journal(folder).read();
  std::erase_if(entries, [kind](const JournalEntry& entry) { return entry.kind != kind; });
  return entries;
}

/// Asks, and blocks until the run has changed so.
void ask(const fs::path& folder, int joining) {
  const std::size_t before = changes_in(folder).size();
  await(folder, [&] { return leave_request(folder, joining).has_value(); });
  await(folder, [&] { return changes_in(folder).size() > before; });
}

void expect_bits_of_a_plan(const RunResult& result, Scenario scenario, const std::vector<JournalEntry>& changes) {
  scenario.world = "threads";
  scenario.cluster.emulate_speed = false;
  scenario.membership.reset();
  scenario.recovery.reset();
  scenario.faults.clear();
  for (const JournalEntry& change : changes)
    scenario.elastic.push_back({.at = FaultTime{.step = change.step}, .workers = change.workers});
  const RunResult planned = run(scenario);
  EXPECT_EQ(result.parameters_sha256, planned.parameters_sha256);
  EXPECT_EQ(result.samples, planned.samples);
  EXPECT_EQ(result.bytes_sent, planned.bytes_sent);
  EXPECT_EQ(result.messages_sent, planned.messages_sent);
  EXPECT_EQ(result.workers, planned.workers);
}

struct Members : testing::Test {
  TemporaryFolder folder_;
  const fs::path& folder = folder_.path();
};

struct EveryRealWorld : Members, testing::WithParamInterface<std::string> {};

TEST_P(EveryRealWorld, JoinAndLeaveToTheBitsOfAPlan) {
  Scenario scenario = slow(2, GetParam());
  scenario.membership = WorkerRange{.least = 1, .most = 4};
  const RunResult result = run_in(folder, scenario, {}, [&] {
    await(folder, [&] { return is_open(folder); });
    ask(folder, 2);
    ask(folder, -3);
  });
  const std::vector<JournalEntry> changes = changes_in(folder);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].workers, 4);
  EXPECT_EQ(changes[1].workers, 1);
  expect_bits_of_a_plan(result, scenario, changes);
  EXPECT_EQ(result.steps, kSteps);
  EXPECT_EQ(result.failures, 0);
  EXPECT_EQ(result.lost_steps, 0);
  EXPECT_GT(result.recovery_s, 0);
  EXPECT_FALSE(is_open(folder));
  EXPECT_FALSE(fs::exists(folder / kMembersFile));
  EXPECT_FALSE(fs::exists(folder / kRequestFile));
}

std::vector<std::string> real_worlds() {
  std::vector<std::string> names = runnable_worlds();
  std::erase_if(names, [](const std::string& name) { return world_called(name).has_one_clock; });
  return names;
}

INSTANTIATE_TEST_SUITE_P(Worlds, EveryRealWorld, testing::ValuesIn(real_worlds()),
                         [](const auto& test) { return test.param; });

// Asked before it has begun, a run changes after its first step.
TEST_F(Members, WhoFailsBelowTheLeastEndsTheRun) {
  Scenario scenario = slow(2, "tcp");
  scenario.membership = WorkerRange{.least = 2, .most = 3};
  FaultSpec fault;
  fault.victim = Victim{.index = 1};
  fault.shrinks = true;
  for (const std::size_t step : {3, 5}) {
    fault.at = FaultTime{.step = step};
    scenario.faults.push_back(fault);
  }
  leave_request(folder, 1);
  std::string failure;
  try {
    run_in(folder, scenario);
  } catch (const std::runtime_error& error) {
    failure = error.what();
  }
  EXPECT_EQ(failure, "1 worker is left, and membership.least is 2");
  ASSERT_EQ(changes_in(folder).size(), 1U);
  EXPECT_EQ(changes_in(folder)[0].step, 1U);
  EXPECT_FALSE(fs::exists(folder / kMembersFile));
}

// The worker that is killed had been told of the change, and the checkpoint for it may be complete or not.
TEST_F(Members, ADeathWhileTheyJoinLosesNoRequestAndDoesItOnce) {
  Scenario scenario = slow(2, "tcp");
  scenario.membership = WorkerRange{.least = 1, .most = 4};
  scenario.recovery = RecoverySpec{.restarts = 3};
  FaultSpec hangs;
  hangs.hangs = Victim{.index = 1};
  hangs.at = FaultTime{.step = 0};  // the first rank has looked, and all change after the step
  hangs.lasts_s = 1000;
  scenario.faults = {hangs};
  leave_request(folder, 1);
  const RunResult result = run_in(folder, scenario, {}, [&] {
    const pid_t rank = process_of(folder, next_that_hangs(folder, 1));
    kill(rank, SIGKILL);
  });
  const std::vector<JournalEntry> changes = changes_in(folder);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].workers, 3);
  EXPECT_EQ(result.failures, 1);
  expect_bits_of_a_plan(result, scenario, changes);
}

/// What becomes of what is in the folder, by a run of two workers, three at most.
struct Requests : Members {
  std::optional<AskedChange> asked() { return asked_change(folder, {.least = 2, .most = 3}, 2, 1.5, 7); }
  std::string refusal() {
    EXPECT_FALSE(asked().has_value());
    EXPECT_FALSE(fs::exists(folder / kRequestFile));
    const std::vector<JournalEntry> refused = changes_in(folder, Kind::refused);
    return refused.empty() ? "" : refused.back().cause;
  }
  void put(const std::string& text) { std::ofstream(folder / kRequestFile) << text; }
};

TEST_F(Requests, NobodyAsks) {
  EXPECT_FALSE(asked().has_value());
  EXPECT_THAT(Journal(folder).read(), IsEmpty());
}

TEST_F(Requests, WhatCanBeMetStaysUntilItIs) {
  const std::string id = leave_request(folder, 1).value();
  for (int look = 0; look < 2; ++look) {
    const std::optional<AskedChange> change = asked();
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->workers, 3);
    EXPECT_EQ(change->request, id);
  }
  // Killed between the change and the removal, as it may be.
  Journal(folder).append({.kind = Kind::changed, .workers = 3, .request = id});
  EXPECT_EQ(refusal(), "");
}

TEST_F(Requests, BeyondTheRangeAreRefused) {
  leave_request(folder, 2);
  EXPECT_EQ(refusal(), "there are 2 workers; 2 more would be more than membership.most, 3");
  leave_request(folder, -1);
  EXPECT_EQ(refusal(), "there are 2 workers; 1 less would be fewer than membership.least, 2");
  EXPECT_EQ(changes_in(folder, Kind::refused).size(), 2U);
}

TEST_F(Requests, HostsComeOnlyWhereThereAreSeveral) {
  leave_request(folder, 1, "new:1");
  EXPECT_EQ(refusal(), "there are 2 workers, and the run is on one host, and not by --hosts: no other can come");
  const WorkerRange range{.least = 1, .most = 9, .room = 3};
  leave_request(folder, 4, "new:2");
  EXPECT_FALSE(asked_change(folder, range, 2, 1.5, 7).has_value());
  EXPECT_EQ(changes_in(folder, Kind::refused).back().cause,
            "there are 2 workers, and the hosts of the run have room for 5");
  leave_request(folder, 3, "new:2");
  const std::optional<AskedChange> change = asked_change(folder, range, 2, 1.5, 7);
  ASSERT_TRUE(change.has_value());
  EXPECT_EQ(change->hosts, "new:2");
  EXPECT_EQ(change->workers, 5);
}

TEST_F(Requests, OneAtATime) {
  leave_request(folder, 1);
  EXPECT_FALSE(leave_request(folder, 1).has_value());
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 1U) << "the second one's draft has gone";
}

TEST_F(Requests, WhatIsNoneIsRefusedAndRemoved) {
  const std::string huge = "{\"id\": \"" + std::string(10000, 'x') + "\", \"joining\": 1}";
  for (const std::string& text :
       {std::string(), std::string("\0\xff", 2), std::string("[1]"), std::string("{\"id\": 3, \"joining\": 1}"),
        std::string("{\"id\": \"a\", \"joining\": 0}"), std::string("{\"id\": \"a\", \"joining\": 1e99}"),
        std::string("{\"id\": \"a\", \"joining\": -9223372036854775808}"), huge}) {
    put(text);
    EXPECT_EQ(refusal(), "it is no request to join or to leave") << text.substr(0, 60);
  }
}

TEST_F(Requests, LinksPipesAndFoldersAreNotRead) {
  const std::string good = folder_.file("elsewhere", "{\"id\": \"a\", \"joining\": 1}");
  fs::create_symlink(good, folder / kRequestFile);
  EXPECT_EQ(refusal(), "it is no file that can be read");
  EXPECT_TRUE(fs::exists(good));
  ASSERT_EQ(mkfifo((folder / kRequestFile).c_str(), 0600), 0);
  EXPECT_EQ(refusal(), "it is no file that can be read");
  fs::create_directories(folder / kRequestFile / "inner");
  EXPECT_EQ(refusal(), "it is no file that can be read");
}

// Somebody else's folder that is not empty, in a folder of this user's.
TEST_F(Requests, WhatCannotBeRemovedIsRefusedOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  fs::create_directories(folder / kRequestFile / "inner");
  fs::permissions(folder, fs::perms::all);
  Child child = fork_child({}, [&] {
    if (setuid(65534) != 0) return 2;
    for (const std::size_t step : {7, 8}) asked_change(folder, {.least = 2, .most = 3}, 2, 1.5, step);
    return 0;
  });
  ASSERT_EQ(child.wait().code, 0);
  EXPECT_TRUE(fs::exists(folder / kRequestFile));
  EXPECT_EQ(changes_in(folder, Kind::refused).size(), 1U);
}

TEST_F(Requests, OfAnotherUserAreRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  constexpr uid_t kStranger = 65534;
  const auto as_a_stranger = [&] {
    Child child = fork_child({}, [&] {
      if (setuid(kStranger) != 0) return 2;
      try {
        leave_request(folder, 1);
      } catch (const UsageError& error) {
        return std::string(error.what()).find("only who may write to the run's folder may ask") == std::string::npos
                   ? 3
                   : 1;
      }
      return 0;
    });
    return child.wait().code;
  };
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  EXPECT_EQ(as_a_stranger(), 1);
  fs::permissions(folder, fs::perms::all);
  EXPECT_EQ(as_a_stranger(), 0);
  EXPECT_THAT(refusal(), HasSubstr("user 65534 asks, and the run is user 0's"));
}

}  // namespace
}  // namespace tandem::laws
