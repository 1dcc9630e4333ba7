// A sweep in parts: however many there are, in whatever order they run, killed and run again, they gather to one table.
#include "app/commands/shard.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <numeric>

#include "app/run/dealing.h"
#include "core/errors.h"
#include "real/tcp/socket.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

// One point takes a third of a second, and the others no time.
constexpr const char* kSweep = R"(tandem: 1
name: sweep
question: Is a sweep in parts the same sweep?
workload:
  model: {name: profile, parameters: 1000, samples_per_s: 100}
  batch: {per_worker: 1}
  stop: {steps: 100}
strategy: {name: allreduce}
world: sim
sweep:
  grid:
    strategy.collective: [ring, halving-doubling]
    cluster.workers: [2, 31, 3, 4]
report:
  - {figure: scaling}
)";

class Shards : public testing::Test {
 protected:
  Shards() { folder_.file("sweep.yaml", kSweep); }

  Ended tandem(const Words& words) { return run_program(folder_, words); }
  Ended shard(const std::string& which, const std::string& output) {
    return tandem({"run", "sweep.yaml", "-j", "1", "--shard", which, "-o", output});
  }
  Ended gather(const std::string& output) { return tandem({"gather", output}); }
  /// runs.csv without what differs from run to run: the time that people waited, and memory.
  std::string table(const std::string& output) {
    std::string text;
    for (const auto& row : read_table(folder_.path() / output / "runs.csv")) {
      for (const auto& [name, field] : row)
        text += name == "wall_s" || name == "peak_rss_bytes" ? "" : fmt::format("{}={},", name, field);
      text += "\n";
    }
    return text;
  }
  void expect_whole(const std::string& output) {
    if (tandem({"run", "sweep.yaml", "-o", "whole"}).code != 0) ADD_FAILURE() << content_of(folder_.path() / ".stderr");
    const Ended gathered = gather(output);
    EXPECT_EQ(gathered.code, 0) << gathered.out << gathered.err;
    EXPECT_TRUE(table(output) == table("whole")) << content_of(folder_.path() / output / "runs.csv");
    // The header, too, and the order of rows.
    const std::string text = content_of(folder_.path() / output / "runs.csv");
    EXPECT_EQ(text.substr(0, text.find('\n')),
              content_of(folder_.path() / "whole" / "runs.csv").substr(0, text.find('\n')));
    EXPECT_TRUE(std::filesystem::exists(folder_.path() / output / "report.html"));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / output / "running"));
  }

  TemporaryFolder folder_;
};

TEST_F(Shards, AnyNumberInAnyOrderGathersTheSameTable) {
  for (const int parts : {1, 2, 3, 7}) {
    SCOPED_TRACE(parts);
    const std::string output = fmt::format("parts{}", parts);
    for (int part = parts; part >= 1; --part) EXPECT_EQ(shard(fmt::format("{}/{}", part, parts), output).code, 0);
    expect_whole(output);
    std::filesystem::remove_all(folder_.path() / "whole");
  }
}

TEST_F(Shards, AKilledPartIsTakenUpByOthersOfAnotherNumber) {
  {
    Program killed(folder_, {"run", "sweep.yaml", "-j", "1", "--shard", "1/1", "-o", "parts"});
    ASSERT_TRUE(becomes_true([&] { return !entries_of(folder_.path() / "parts" / "runs").empty(); }));
    kill(killed.process(), SIGKILL);
    killed.wait();
    EXPECT_TRUE(killed.everyone_has_gone());
  }
  EXPECT_FALSE(entries_of(folder_.path() / "parts" / "running").empty());
  const Ended early = gather("parts");
  EXPECT_EQ(early.code, 1);
  EXPECT_THAT(early.err, HasSubstr("runs are missing"));
  EXPECT_EQ(shard("2/2", "parts").code, 0);
  EXPECT_EQ(shard("1/2", "parts").code, 0);
  expect_whole("parts");
  EXPECT_THAT(shard("1/1", "parts").err, HasSubstr("0 of the sweep's"));  // nothing is left to it
}

TEST_F(Shards, TwoThatRunTheSameAtATimeKeepEachRunOnce) {
  Program one(folder_, {"run", "sweep.yaml", "-j", "1", "--shard", "1/1", "-o", "parts"});
  EXPECT_EQ(shard("1/1", "parts").code, 0);
  EXPECT_EQ(one.wait().code, 0);
  expect_whole("parts");
}

TEST_F(Shards, RefuseAFolderThatHoldsAnythingElse) {
  ASSERT_EQ(shard("1/2", "parts").code, 0);
  const Ended other = tandem({"run", "sweep.yaml", "-s", "seed=7", "--shard", "2/2", "-o", "parts"});
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("the sweep of another scenario"));
  std::filesystem::create_directory(folder_.path() / "full");
  folder_.file("full/letter.txt", "x");
  EXPECT_EQ(shard("1/2", "full").code, 2);
  EXPECT_EQ(content_of(folder_.path() / "full" / "letter.txt"), "x");
  EXPECT_EQ(gather("full").code, 2);
  EXPECT_EQ(tandem({"run", "sweep.yaml", "--shard", "1/2"}).code, 2);
}

TEST_F(Shards, RunUnderGnuParallel) {
  if (std::system("command -v parallel >/dev/null") != 0) GTEST_SKIP() << "apt install parallel";
  ASSERT_EQ(
      tandem({"sweep", "sweep.yaml", "--on", "local", "--shards", "3", "-j", "1", "-o", "it's here", "--submit"}).code,
      0)
      << content_of(folder_.path() / ".stderr");
  expect_whole("it's here");
}

// In the place of ssh stands a program that runs the command here. Like sshd it names a shell: on a host without SHELL,
// GNU parallel starts nothing and reports success.
TEST_F(Shards, RunOnHostsThatSshReaches) {
  if (std::system("command -v parallel >/dev/null") != 0) GTEST_SKIP() << "apt install parallel";
  const std::string ssh = folder_.file(
      "ssh", "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift\nSHELL=/bin/sh exec sh -c \"$*\"\n");
  std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
  ASSERT_EQ(tandem({"sweep", "sweep.yaml", "--on", "ssh:one,two", "--shards", "4", "-o", "parts"}).code, 0);
  const std::string start = fmt::format("PARALLEL_SSH={} {}/parts/start.sh >{}/log 2>&1", ssh, folder_.path().string(),
                                        folder_.path().string());
  EXPECT_EQ(std::system(start.c_str()), 0) << content_of(folder_.path() / "log");
  expect_whole("parts");
}

class OnSlurm : public Shards {
 protected:
  void SetUp() override {
    if (std::system("command -v slurmctld >/dev/null && command -v slurmd >/dev/null") != 0 || geteuid() != 0)
      GTEST_SKIP() << "a Slurm of one node needs root, and apt install slurm-wlm";
    slurm_ = folder_.path() / "slurm";
    setenv("SLURM_CONF", (slurm_ / "slurm.conf").c_str(), 1);
    const std::string start = fmt::format("{}/tests/app/run/one_node_slurm.sh {} {} >/dev/null 2>&1", TANDEM_SOURCE_DIR,
                                          slurm_.string(), tcp::listen_on("127.0.0.1").port);
    ASSERT_EQ(std::system(start.c_str()), 0);
    ASSERT_TRUE(becomes_true([] { return std::system("sinfo --noheader --states=idle 2>&1 | grep -q idle") == 0; }));
  }
  void TearDown() override {
    for (const char* daemon : {"slurmd.pid", "slurmctld.pid"}) {
      const std::string pid = content_of(slurm_ / daemon);
      if (pid.empty()) continue;
      kill(std::stoi(pid), SIGTERM);
      becomes_true([&] { return kill(std::stoi(pid), 0) != 0; });
    }
    unsetenv("SLURM_CONF");
  }
  std::filesystem::path slurm_;
};

TEST_F(OnSlurm, AJobArrayRunsThePartsAndAJobGathersThem) {
  // This Slurm has MaxArraySize 5.
  const Ended refused = tandem({"sweep", "sweep.yaml", "--on", "slurm", "--shards", "5", "-o", "parts"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("arrays end at index 4"));
  const Ended started = tandem({"sweep", "sweep.yaml", "--on", "slurm", "-j", "1", "-o", "parts", "--submit"});
  ASSERT_EQ(started.code, 0) << started.err;
  EXPECT_THAT(started.out, HasSubstr("in 4 parts"));
  EXPECT_TRUE(becomes_true([&] { return std::filesystem::exists(folder_.path() / "parts" / "report.html"); }))
      << content_of(folder_.path() / "parts" / "log" / "gather.txt");
  EXPECT_TRUE(becomes_true([] { return std::system("test -z \"$(squeue --noheader)\"") == 0; }));
  expect_whole("parts");
}

TEST(Dealing, GivesNoPartMoreThanAnEqualShareAndOneRun) {
  const std::vector<double> costs = {5, 1, 1, 8, 0.5, 3, 3, 2, 0, 7, 1};
  const double all = std::accumulate(costs.begin(), costs.end(), 0.0);
  for (const int parts : {1, 2, 3, 5, 11, 13}) {
    const std::vector<int> part_of = deal(costs, parts);
    ASSERT_EQ(part_of.size(), costs.size());
    std::vector<double> load(static_cast<std::size_t>(parts));
    for (std::size_t i = 0; i < costs.size(); ++i) load.at(static_cast<std::size_t>(part_of[i])) += costs[i];
    EXPECT_LE(*std::max_element(load.begin(), load.end()), all / parts + 8) << parts;
    EXPECT_EQ(deal(costs, parts), part_of);
  }
  EXPECT_TRUE(deal({}, 3).empty());
}

TEST(Dealing, ReadsWhichPart) {
  EXPECT_EQ(parse_shard("2/8").number, 2);
  EXPECT_EQ(parse_shard("2/8").of, 8);
  for (const char* wrong : {"", "2", "0/8", "9/8", "1/0", "-1/2", "1/2/3", "1 /2", "a/b", "1/100001", "/"})
    EXPECT_THROW(parse_shard(wrong), UsageError) << wrong;
}

}  // namespace
}  // namespace tandem
