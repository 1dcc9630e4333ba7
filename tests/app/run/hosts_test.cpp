// Ranks that start apart: on this host, and in network namespaces as hosts.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <thread>

#include "real/tcp/socket.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using testing::HasSubstr;

int shell(const std::string& command) { return WEXITSTATUS(std::system(command.c_str())); }

struct Apart : testing::Test {
  Apart() { folder.file("small.yaml", kSmallScenario); }

  // By a shell, as a launcher would: the process's own names, then the program; `on` is what stands before it.
  Ended run_one(int process, int processes, const std::string& arguments, const std::string& on = "",
                const std::string& names = "") const {
    const std::string own = fmt::format("RANK={} WORLD_SIZE={} MASTER_ADDR={} MASTER_PORT={} TANDEM_TOKEN={}", process,
                                        processes, address, port, "0123456789abcdef0123456789abcdef");
    const std::string out = fmt::format("out{}", process), err = fmt::format("err{}", process);
    const int code =
        shell(fmt::format("cd {} && {} env -u SLURM_STEP_ID {} {} {} run small.yaml -w {} {} >{} 2>{}",
                          folder.path().string(), on, own, names, TANDEM_PROGRAM, world, arguments, out, err));
    return {code, content_of(folder.path() / out), content_of(folder.path() / err)};
  }
  // All at once; `on` by process.
  std::vector<Ended> run_all_of(int processes, const std::string& arguments, const std::vector<std::string>& on = {}) {
    std::vector<Ended> ended(static_cast<std::size_t>(processes));
    std::vector<std::thread> threads;
    for (int process = 0; process < processes; ++process) {
      const auto index = static_cast<std::size_t>(process);
      threads.emplace_back(
          [&, process, index] { ended[index] = run_one(process, processes, arguments, on.empty() ? "" : on[index]); });
    }
    for (std::thread& thread : threads) thread.join();
    return ended;
  }
  Table table(const std::string& name) const { return read_table(folder.path() / name / "runs.csv"); }
  std::string digest_of_threads(const std::string& workers = "2") const {
    EXPECT_EQ(run_program(folder, {"run", "small.yaml", "-n", workers, "-o", "threads"}).code, 0);
    return table("threads").at(0).at("parameters_sha256");
  }

  TemporaryFolder folder;
  std::string world = "tcp";
  std::string address = "127.0.0.1";
  std::uint16_t port = tcp::listen_on("127.0.0.1").port;
};

TEST_F(Apart, TheFirstSpeaksForAllAndTheBitsAreThoseOfThreads) {
  const std::vector<Ended> ended = run_all_of(2, "-o apart");
  for (const Ended& each : ended) EXPECT_EQ(each.code, 0) << each.err;
  EXPECT_THAT(ended[0].out, HasSubstr("How long is a short run?"));
  EXPECT_EQ(ended[1].out, "");
  ASSERT_EQ(table("apart").size(), 1U);
  EXPECT_EQ(table("apart").at(0).at("parameters_sha256"), digest_of_threads());
  EXPECT_EQ(table("apart").at(0).at("world"), "tcp");
}

// Those without a rank in a point wait for the next; the point that is too large is named.
TEST_F(Apart, EachPointOfASweepRuns) {
  const std::vector<Ended> ended = run_all_of(3, "-o swept -s 'sweep.grid.cluster.workers=[1, 2, 3, 4]'");
  for (const Ended& each : ended) EXPECT_EQ(each.code, 0) << each.err;
  EXPECT_THAT(ended[0].out, HasSubstr("needs 4 ranks, and 3 processes were started together"));
  const Table rows = table("swept");
  ASSERT_EQ(rows.size(), 3U);
  for (const auto& row : rows) EXPECT_EQ(row.at("failure"), "");
}

TEST_F(Apart, AMistakeIsSaidOnce) {
  const std::vector<Ended> ended = run_all_of(2, "-s workload.stop.steps=none");
  for (const Ended& each : ended) EXPECT_EQ(each.code, 2);
  EXPECT_THAT(ended[0].err, HasSubstr("workload.stop.steps must be"));
  EXPECT_EQ(ended[1].err, "");
}

TEST_F(Apart, WhoDoesNotComeIsNamed) {
  const Ended ended = run_one(0, 3, "-s timeout=500ms");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("ranks 1, 2 did not join within 0.5 s"));
}

TEST_F(Apart, WithoutASecretNobodyStarts) {
  const Ended ended = run_one(0, 2, "", "", "TANDEM_TOKEN=");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("TANDEM_TOKEN is not set"));
}

TEST_F(Apart, AnotherWorldIsRefused) {
  world = "threads";
  const std::vector<Ended> ended = run_all_of(2, "");
  EXPECT_EQ(ended[0].code, 2);
  EXPECT_THAT(ended[0].err, HasSubstr("only that runs, not threads"));
}

/// Two network namespaces joined by a veth pair, removed at the end.
struct Namespaces {
  Namespaces() {
    cause = shell("test $(id -u) = 0") != 0 ? "needs root" : shell("command -v ip >/dev/null") != 0 ? "needs ip" : "";
    if (!cause.empty()) return;
    const std::string commands = fmt::format(
        "ip netns add {0} && ip netns add {1} && ip link add {0} netns {0} type veth peer name {1} netns {1} && "
        "ip -n {0} addr add 10.77.0.1/24 dev {0} && ip -n {1} addr add 10.77.0.2/24 dev {1} && "
        "ip -n {0} link set {0} up && ip -n {1} link set {1} up && ip -n {0} link set lo up && ip -n {1} link set lo "
        "up",
        names[0], names[1]);
    if (shell(commands + " 2>/dev/null") != 0) cause = "network namespaces cannot be made here";
  }
  ~Namespaces() {
    for (const std::string& name : names) shell(fmt::format("ip netns del {} 2>/dev/null", name));
  }
  std::string in(int host) const { return fmt::format("ip netns exec {}", names[host]); }

  std::string cause;  ///< why there are none
  std::string names[2] = {fmt::format("tdm{}a", getpid()), fmt::format("tdm{}b", getpid())};
};

struct ApartInNamespaces : Apart {
  void SetUp() override {
    if (!hosts.cause.empty()) GTEST_SKIP() << hosts.cause;
    address = "10.77.0.1";
  }
  Namespaces hosts;
};

TEST_F(ApartInNamespaces, TheBitsAreThoseOfThreads) {
  const std::vector<Ended> ended = run_all_of(4, "-n 4 -o apart", {hosts.in(0), hosts.in(0), hosts.in(1), hosts.in(1)});
  for (const Ended& each : ended) EXPECT_EQ(each.code, 0) << each.err;
  EXPECT_EQ(table("apart").at(0).at("parameters_sha256"), digest_of_threads("4"));
}

// The name of a host often leads to loopback on that host alone.
TEST_F(ApartInNamespaces, TheFirstMayKnowItselfAsLoopback) {
  const std::string hosts_file = folder.file("hosts", "127.0.1.1 node1\n");
  const std::string other_file = folder.file("other_hosts", "10.77.0.1 node1\n");
  address = "node1";
  const auto with = [&](int host, const std::string& file) {
    return fmt::format("{} unshare -m sh -c 'mount --bind {} /etc/hosts && exec \"$@\"' -", hosts.in(host), file);
  };
  const std::vector<Ended> ended = run_all_of(2, "-o apart", {with(0, hosts_file), with(1, other_file)});
  for (const Ended& each : ended) EXPECT_EQ(each.code, 0) << each.err;
  EXPECT_EQ(table("apart").at(0).at("parameters_sha256"), digest_of_threads());
}

// The link goes down in the middle: each side names the rank that it misses, and ends.
TEST_F(ApartInNamespaces, AHostThatGoesAwayIsNamedByAll) {
  std::thread cut([&] {
    EXPECT_TRUE(becomes_true([&] { return std::filesystem::exists(folder.path() / "results" / "small"); }));
    shell(fmt::format("ip -n {0} link set {0} down", hosts.names[1]));
  });
  const std::vector<Ended> ended =
      run_all_of(2, "-s timeout=2s -s workload.stop.steps=1000000000", {hosts.in(0), hosts.in(1)});
  cut.join();
  EXPECT_EQ(ended[0].code, 1);
  EXPECT_EQ(ended[1].code, 1);
  EXPECT_THAT(ended[0].out + ended[0].err, HasSubstr("process 1 of 2 did not answer within 10 s"));
  EXPECT_THAT(ended[1].err, HasSubstr("process 0 of 2 has gone"));
}

struct Hosts : ApartInNamespaces {
  // The program as on the first host; the other by the launcher.
  Ended run_on_both(const std::string& arguments, const std::string& names = "") const {
    const int code = shell(fmt::format("cd {} && {} {} run small.yaml -w tcp {} {} >out 2>err", folder.path().string(),
                                       hosts.in(0), TANDEM_PROGRAM,
                                       names.empty() ? fmt::format("--hosts {}:2,{}:1 --advertise 10.77.0.1 "
                                                                   "--launcher 'ip netns exec {{host}}'",
                                                                   hosts.names[0], hosts.names[1])
                                                     : names,
                                       arguments));
    return {code, content_of(folder.path() / "out"), content_of(folder.path() / "err")};
  }
};

TEST_F(Hosts, TheBitsAreThoseOfThreads) {
  const Ended ended = run_on_both("-n 3 -o hosts");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(table("hosts").at(0).at("parameters_sha256"), digest_of_threads("3"));
}

TEST_F(Hosts, AHostThatCannotBeReachedIsNamed) {
  const Ended ended = run_on_both("", fmt::format("--hosts {}:1,nowhere:1 --advertise 10.77.0.1 "
                                                  "--launcher 'ip netns exec {{host}}'",
                                                  hosts.names[0]));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("host nowhere: the process of rank 1 ended with exit code"));
}

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

// Another process sees another folder by the same name.
TEST(HostsByLauncher, CheckpointsNeedAFolderThatAllShare) {
  if (shell("test $(id -u) = 0 && unshare -m true") != 0) GTEST_SKIP() << "needs root";
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
