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

}  // namespace
}  // namespace tandem
