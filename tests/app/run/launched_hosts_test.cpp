// Ranks that `run --hosts` starts. The launcher is env, so that all hosts are this one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdlib>

#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using testing::HasSubstr;

// It may fail before or after this process has come to the meeting itself: several runs meet both.
TEST(HostsByLauncher, ALauncherThatFailsEndsTheRunBeforeItsTimeout) {
  const TemporaryFolder folder;
  folder.file("small.yaml", kSmallScenario);
  constexpr int kRuns = 12;
  constexpr double kTimeout_s = 60;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kRuns; ++i) {
    const Ended ended =
        run_program(folder, {"run", "small.yaml", "-w", "tcp", "-n", "4", "--hosts", "here:2,there:2", "--launcher",
                             "false", "--advertise", "127.0.0.1", "-s", fmt::format("timeout={}s", kTimeout_s)});
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("host there: the process of rank "));
  }
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), kTimeout_s);
}

/// Three ranks by `--hosts`, whose steps take some milliseconds. The launcher is env, so that both hosts are this one
/// and no namespace is needed.
struct Launch {
  explicit Launch(const std::string& steps, const std::vector<std::string>& more = {})
      : arguments({"run",         "small.yaml",
                   "-w",          "tcp",
                   "-n",          "3",
                   "-s",          "timeout=5s",
                   "-s",          "cluster.emulate_speed=true",
                   "-s",          "cluster.host.speed=60kflop/s",
                   "-s",          "sweep.grid.workload.stop.steps=" + steps,
                   "--hosts",     "here:2,there:1",
                   "--launcher",  "env WHERE={host}",
                   "--advertise", "127.0.0.1"}),
        program(written(), with(more)) {}

  const std::vector<std::string>& with(const std::vector<std::string>& more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  const TemporaryFolder& written() {
    folder.file("small.yaml", kSmallScenario);
    return folder;
  }
  std::filesystem::path study() const { return folder.path() / "results" / "small"; }

  /// Every host process is there, and its member of the group, and that one's rank.
  bool trains() const { return chain().size() == 3 && descendants_of(program.process()).size() == 7; }
  /// The process that starts the last rank on its host, the member of the group, and the rank.
  std::vector<pid_t> chain() const {
    const std::map<pid_t, pid_t> parents = descendants_of(program.process());
    std::vector<pid_t> chain = {program.process()};
    for (bool has_child = true; has_child;) {
      has_child = false;
      for (const auto& [child, parent] : parents) {
        if (parent != chain.back() || (chain.size() == 1 && !is_of_a_host(child))) continue;
        chain.push_back(child);
        has_child = true;
        break;
      }
    }
    chain.erase(chain.begin());
    return chain;
  }
  static bool is_of_a_host(pid_t process) { return command_of(process).find("--join") != std::string::npos; }

  std::vector<std::string> arguments;
  TemporaryFolder folder;
  Program program;
};

class Launched : public testing::TestWithParam<int> {};

TEST_P(Launched, NobodyIsLeftOnAnyHost) {
  Launch launch("[1000000000]");
  ASSERT_TRUE(becomes_true([&] { return launch.trains(); })) << content_of(launch.folder.path() / ".stderr");
  kill(launch.program.process(), GetParam());
  EXPECT_TRUE(launch.program.everyone_has_gone());
  EXPECT_EQ(launch.program.wait().code, 128 + GetParam());
}
INSTANTIATE_TEST_SUITE_P(Hosts, Launched, testing::Values(SIGKILL, SIGTERM, SIGINT));

class Interrupted : public testing::TestWithParam<int> {};

TEST_P(Interrupted, SaysSoAndGoesOnLater) {
  Launch launch("[5, 300]");
  const auto second_is_on = [&] { return entries_of(launch.study() / "runs").size() == 2 && launch.trains(); };
  ASSERT_TRUE(becomes_true(second_is_on)) << content_of(launch.folder.path() / ".stderr");
  kill(GetParam() == 0 ? launch.program.process() : -launch.program.process(), SIGINT);
  const Ended ended = launch.program.wait();
  EXPECT_TRUE(launch.program.everyone_has_gone());
  EXPECT_EQ(ended.code, 130);
  EXPECT_THAT(ended.err, HasSubstr("interrupted; 1 of 2 runs were finished and are in results/small"));
  EXPECT_EQ(read_table(launch.study() / "runs.csv").size(), 1U);
  const Ended next = run_program(launch.folder, launch.arguments);
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_THAT(next.err, HasSubstr("1 of 2 runs were finished before"));
  EXPECT_EQ(read_table(launch.study() / "runs.csv").size(), 2U);
}
INSTANTIATE_TEST_SUITE_P(Hosts, Interrupted, testing::Values(0, 1),
                         [](const auto& test) { return std::string(test.param == 0 ? "ToTheProcess" : "ToTheGroup"); });

// The last rank is stopped, or its member of the group, which agrees with the others when training is over.
class StoppedOnAHost : public testing::TestWithParam<std::size_t> {};

TEST_P(StoppedOnAHost, EndsTheRunAndIsNamed) {
  const bool is_rank = GetParam() == 2;
  Launch launch(is_rank ? "[1000000000]" : "[300]");
  ASSERT_TRUE(becomes_true([&] { return launch.trains(); })) << content_of(launch.folder.path() / ".stderr");
  const pid_t stopped = launch.chain().at(GetParam());
  kill(stopped, SIGSTOP);
  const Ended ended = launch.program.wait();
  EXPECT_TRUE(launch.program.everyone_has_gone());
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr(is_rank ? "was stopped by signal 19" : "did not answer within 13 s")) << ended.out;
}
INSTANTIATE_TEST_SUITE_P(Hosts, StoppedOnAHost, testing::Values(1, 2));

std::vector<std::string> words_for(const std::string& recovery) {
  return {"-s", "checkpoint={every: 5}", "-s", "recovery=" + recovery};
}

// One process of the run is killed: that of a host, the member of the group there, its rank, or the first rank.
struct KilledOnAHost : testing::TestWithParam<std::string> {
  static pid_t victim(const Launch& launch) {
    if (GetParam() == "host") return launch.chain().at(0);
    if (GetParam() == "member") return launch.chain().at(1);
    if (GetParam() == "rank") return launch.chain().at(2);
    for (const auto& [child, parent] : descendants_of(launch.program.process())) {
      if (parent == launch.program.process() && !Launch::is_of_a_host(child)) return child;
    }
    return -1;
  }

  // Once there is a checkpoint, and long before the end.
  static void kill_one(const Launch& launch) {
    const auto has_checkpoint = [&] {
      return content_of(launch.study() / "journal.jsonl").find("checkpoint") != std::string::npos;
    };
    ASSERT_TRUE(becomes_true([&] { return has_checkpoint() && launch.trains(); }))
        << content_of(launch.folder.path() / ".stderr");
    kill(victim(launch), SIGKILL);
  }

  static std::string digest(const TemporaryFolder& folder, const std::string& name) {
    return read_table(folder.path() / name / "runs.csv").at(0).at("parameters_sha256");
  }
};

TEST_P(KilledOnAHost, AllStartAgainFromTheCheckpoint) {
  Launch launch("[200]", words_for("{restarts: 1}"));
  kill_one(launch);
  const Ended ended = launch.program.wait();
  EXPECT_TRUE(launch.program.everyone_has_gone());
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("; all start again"));
  const auto row = read_table(launch.study() / "runs.csv").at(0);
  EXPECT_EQ(row.at("failures"), "1");
  EXPECT_EQ(row.at("steps"), "200");
  EXPECT_LT(std::stod(row.at("lost_steps")), 20);
  EXPECT_EQ(
      run_program(launch.folder, {"run", "small.yaml", "-n", "3", "-s", "workload.stop.steps=200", "-o", "whole"}).code,
      0);
  EXPECT_EQ(row.at("parameters_sha256"), digest(launch.folder, "whole"));
}

TEST_P(KilledOnAHost, TheOthersGoOnWithoutItWhereTheScenarioSaysSo) {
  Launch launch("[200]", words_for("{restarts: 1, shrink: true}"));
  kill_one(launch);
  const Ended ended = launch.program.wait();
  EXPECT_TRUE(launch.program.everyone_has_gone());
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(read_table(launch.study() / "runs.csv").at(0).at("workers"), "2");
}

INSTANTIATE_TEST_SUITE_P(Hosts, KilledOnAHost, testing::Values("host", "member", "rank", "first"),
                         [](const auto& test) { return test.param; });

TEST(HostsByLauncher, GoOnFromACheckpoint) {
  const TemporaryFolder folder;
  folder.file("small.yaml", kSmallScenario);
  const auto run_by_hosts = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {
        "run",        "small.yaml",       "-w",          "tcp",      "-n", "3", "--hosts", "here:2,there:1",
        "--launcher", "env WHERE={host}", "--advertise", "127.0.0.1"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(folder, words);
  };
  const Ended whole = run_by_hosts({"-o", "whole", "-s", "checkpoint={every: 2}"});
  ASSERT_EQ(whole.code, 0) << whole.err;
  const Ended resumed = run_by_hosts({"-o", "resumed", "--resume", "whole/checkpoints/step-00000002"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const auto row = read_table(folder.path() / "resumed" / "runs.csv").at(0);
  EXPECT_EQ(row.at("parameters_sha256"),
            read_table(folder.path() / "whole" / "runs.csv").at(0).at("parameters_sha256"));
  EXPECT_EQ(row.at("steps"), "5");
  const Ended other = run_by_hosts({"-o", "other", "--resume", "whole", "-s", "seed=7"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("seed: expected 7, found 42"));
}

// Another process sees another folder by the same name.
TEST(HostsByLauncher, CheckpointsNeedAFolderThatAllShare) {
  if (WEXITSTATUS(std::system("unshare -m true 2>/dev/null")) != 0) GTEST_SKIP() << "needs root";
  const TemporaryFolder folder;
  folder.file("small.yaml", kSmallScenario);
  std::filesystem::create_directories(folder.path() / "results");
  const std::string elsewhere = folder.file(
      "elsewhere", fmt::format("mount -t tmpfs tmpfs {} && exec \"$@\"\n", (folder.path() / "results").string()));
  const Ended ended =
      run_program(folder, {"run", "small.yaml", "-w", "tcp", "-n", "2", "-s", "checkpoint={every: 1}", "--hosts",
                           "here:1,there:1", "--launcher", "unshare -m sh " + elsewhere, "--advertise", "127.0.0.1"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("process 1 does not find the run's folder"));
  EXPECT_THAT(ended.err, HasSubstr("one that all hosts share"));
}

}  // namespace
}  // namespace tandem
