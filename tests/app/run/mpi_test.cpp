// The mpi world from the command line: in a job of its own, and in the user's.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>

#include "app/launch/mpirun.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using Words = std::vector<std::string>;

struct MpiRun : testing::Test {
  MpiRun() { folder.file("small.yaml", kSmallScenario); }

  // By a shell, as a user would: `before` is what stands before the program.
  Ended run(const std::string& before, const std::string& arguments) {
    const std::string command = fmt::format("cd {} && {} {} run small.yaml {} >out 2>err", folder.path().string(),
                                            before, TANDEM_PROGRAM, arguments);
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), content_of(folder.path() / "out"), content_of(folder.path() / "err")};
  }
  static std::string mpirun(int processes) {
    Words line = mpirun_line({}, processes, {});
    line.pop_back();  // this program
    return text_of_command(line);
  }
  Table table(const std::string& name) const { return read_table(folder.path() / name / "runs.csv"); }

  TemporaryFolder folder;
};

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(MpiRun, BothWaysOfStartingGiveTheBitsOfThreads) {
  ASSERT_EQ(run("", "-o threads").code, 0);
  const Ended ours = run("", "-w mpi -o ours");
  EXPECT_EQ(ours.code, 0) << ours.err;
  EXPECT_THAT(ours.err, HasSubstr("mpirun -n 2 "));
  const Ended theirs = run(mpirun(2), "-w mpi -o theirs");
  EXPECT_EQ(theirs.code, 0) << theirs.err;
  const std::string digest = table("threads").at(0).at("parameters_sha256");
  EXPECT_EQ(digest.size(), 64U);
  for (const char* name : {"ours", "theirs"}) {
    EXPECT_EQ(table(name).at(0).at("parameters_sha256"), digest) << name;
    EXPECT_EQ(table(name).at(0).at("world"), "mpi");
    EXPECT_EQ(table(name).at(0).at("failure"), "");
  }
}

// Points of a sweep follow each other in one job; those that do not fit are named.
TEST_F(MpiRun, OneProcessOfAJobSpeaksForAll) {
  const Ended ended = run(mpirun(3), "-w mpi -o swept -s 'sweep.grid.cluster.workers=[1, 2, 3, 4]'");
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(times(ended.out, "How long is a short run?"), 1U) << ended.out;
  EXPECT_THAT(ended.out, HasSubstr("needs 4 ranks, and 3 processes were started together"));
  const Table rows = table("swept");
  ASSERT_EQ(rows.size(), 3U);
  for (const auto& row : rows) EXPECT_EQ(row.at("failure"), "");
}

TEST_F(MpiRun, AMistakeIsSaidOnceInAJob) {
  const Ended ended = run(mpirun(3), "-w mpi -s workload.stop.steps=none");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(times(ended.err, "workload.stop.steps must be"), 1U) << ended.err;
}

TEST_F(MpiRun, InAJobNoOtherWorldRuns) {
  const Ended ended = run(mpirun(2), "-w threads");
  EXPECT_EQ(ended.code, 2);
  EXPECT_EQ(times(ended.err, "only that runs, not threads"), 1U) << ended.err;
}

TEST_F(MpiRun, WithoutMpirunTheRunSaysWhatToInstall) {
  const Ended ended = run("env PATH=/nowhere", "-w mpi -o failed");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(table("failed").at(0).at("failure"), HasSubstr("apt install openmpi-bin"));
}

TEST_F(MpiRun, AHostfileMustBeThere) {
  const Ended ended = run("", "-w mpi --hostfile nowhere");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("nowhere"));
}

/// Shared memory and sessions of all MPI jobs of this machine.
std::set<std::string> files_of_jobs() {
  const std::vector<std::string> memory = entries_of("/dev/shm");
  std::set<std::string> names(memory.begin(), memory.end());
  for (const std::string& session : entries_of("/tmp")) {
    if (!session.starts_with("ompi.")) continue;
    for (const std::string& job : entries_of("/tmp/" + session)) names.insert(session + "/" + job);
  }
  return names;
}

/// Processes of the program whose command line begins so: those of an MPI job.
std::vector<pid_t> ranks_of(const Program& program,
                            const std::string& mark = TANDEM_PROGRAM + std::string("\0rank\0", 6)) {
  std::vector<pid_t> ranks;
  for (const auto& [process, parent] : descendants_of(program.process())) {
    if (command_of(process).starts_with(mark)) ranks.push_back(process);
  }
  return ranks;
}

enum class Victim { tandem, launcher, mpirun };

class KilledLauncher : public MpiRun, public testing::WithParamInterface<Victim> {};

/// The process that has started mpirun.
pid_t launcher_of(const Program& program) {
  return descendants_of(program.process()).at(ranks_of(program, "mpirun").at(0));
}

// Open MPI leaves 4 MiB of shared memory per rank, and its sessions, when mpirun is killed.
TEST_P(KilledLauncher, LeavesNoFiles) {
  const std::set<std::string> before = files_of_jobs();
  Program program(folder, {"run", "small.yaml", "-w", "mpi", "-s", "workload.stop.steps=1000000000"});
  ASSERT_TRUE(becomes_true([&] {
    return std::filesystem::exists(folder.path() / "results/small/order.json") && ranks_of(program).size() == 2;
  }));
  const std::map<Victim, pid_t> process_of = {{Victim::tandem, program.process()},
                                              {Victim::launcher, launcher_of(program)},
                                              {Victim::mpirun, ranks_of(program, "mpirun").at(0)}};
  kill(process_of.at(GetParam()), SIGKILL);
  const Ended ended = program.wait();
  EXPECT_TRUE(program.everyone_has_gone());
  // Those of other jobs come and go.
  EXPECT_TRUE(becomes_true([&] {
    const std::set<std::string> after = files_of_jobs();
    return std::includes(before.begin(), before.end(), after.begin(), after.end());
  }));
  if (GetParam() == Victim::tandem) return;
  const std::string who = GetParam() == Victim::mpirun ? "mpirun" : "the run's process";
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(table("results/small").at(0).at("failure"), HasSubstr(who + " ended by signal 9 (Killed)")) << ended.err;
}
INSTANTIATE_TEST_SUITE_P(MpiRun, KilledLauncher, testing::Values(Victim::tandem, Victim::launcher, Victim::mpirun),
                         [](const auto& test) {
                           return std::string(test.param == Victim::tandem     ? "ByTheDeathOfTandem"
                                              : test.param == Victim::launcher ? "Itself"
                                                                               : "ByTheDeathOfMpirun");
                         });

/// A run that would train for hours, once it trains.
struct Training : MpiRun {
  Training()
      : program(folder, {"run", "small.yaml", "-w", "mpi", "-s", "workload.stop.steps=1000000000", "-s", "timeout=1s",
                         "-s", "checkpoint={every: 1000}"}) {
    EXPECT_TRUE(becomes_true([&] {
      return !entries_of(folder.path() / "results/small/checkpoints").empty() && ranks_of(program).size() == 2;
    }));
  }
  std::string failure_after(int signal) {
    kill(ranks_of(program).back(), signal);
    EXPECT_EQ(program.wait().code, 1);
    return table("results/small").at(0).at("failure");
  }
  Program program;
};

TEST_F(Training, WhoIsKilledIsNamed) {
  EXPECT_THAT(failure_after(SIGKILL),
              testing::AnyOf("rank 0 was killed by signal 9 (Killed)", "rank 1 was killed by signal 9 (Killed)"));
}

TEST_F(Training, WhoIsMissedIsNamed) { EXPECT_THAT(failure_after(SIGSTOP), HasSubstr("waited 1 s for")); }

// Caught as soon as it is there, so most often before MPI_Init.
TEST_F(MpiRun, ARankThatIsStoppedBeforeTrainingEndsTheRun) {
  Program program(folder, {"run", "small.yaml", "-w", "mpi", "-s", "timeout=1s"});
  ASSERT_TRUE(becomes_true([&] { return !ranks_of(program).empty(); }));
  kill(ranks_of(program).front(), SIGSTOP);
  const Ended ended = program.wait();
  EXPECT_EQ(ended.code, 1) << ended.out;
  EXPECT_THAT(ended.err, HasSubstr("within"));
  EXPECT_TRUE(program.everyone_has_gone());
}

/// Two hosts, as mpirun has them: it starts a process of its own on the second one, by an agent that goes nowhere; but
/// for root the monotonic clock is another there.
struct TwoHosts : MpiRun {
  TwoHosts() {
    folder.file("hosts", "localhost slots=2\n127.0.0.2 slots=2\n");
    const bool has_clocks = WEXITSTATUS(std::system("unshare -T --monotonic 1 true 2>/dev/null")) == 0;
    const std::filesystem::path agent =
        folder.file("agent", fmt::format("#!/bin/sh\nshift\nexec {} sh -c \"$*\"\n", has_clocks ? kOtherClock : ""));
    std::filesystem::permissions(agent, std::filesystem::perms::owner_all);
    // In truth they share a memory, which Open MPI does not expect.
    for (const auto& [name, value] : {std::pair<const char*, std::string>{"OMPI_MCA_plm_rsh_agent", agent.string()},
                                      {"OMPI_MCA_btl", "tcp,self"},
                                      {"OMPI_MCA_btl_tcp_if_include", "lo"}}) {
      setenv(name, value.c_str(), /*overwrite=*/1);
      names.emplace_back(name);
    }
  }
  ~TwoHosts() override {
    for (const std::string& name : names) unsetenv(name.c_str());
  }
  static constexpr const char* kOtherClock = "unshare -T --monotonic 1000000";
  std::vector<std::string> names;
};

TEST_F(TwoHosts, AllStartAgainWhenARankOfTheOtherIsKilled) {
  Program program(folder,
                  {"run",        "small.yaml",
                   "-w",         "mpi",
                   "--hostfile", "hosts",
                   "-n",         "3",
                   "-s",         "workload.stop.steps=300",
                   "-s",         "cluster.emulate_speed=true",
                   "-s",         "cluster.host.speed=60kflop/s",
                   "-s",         "checkpoint={every: 5}",
                   "-s",         "recovery={restarts: 1}",
                   "-s",         "faults=[{kill: worker 2, at: step 3}, {hang: worker 2, at: 1ms, lasts: 10ms}]"});
  const auto journal = [&] { return content_of(folder.path() / "results/small/journal.jsonl"); };
  ASSERT_TRUE(becomes_true([&] { return times(journal(), "checkpoint") > 3 && ranks_of(program).size() == 3; }));
  // Those of the first host are mpirun's children.
  const pid_t launcher = ranks_of(program, "mpirun").at(0);
  const std::map<pid_t, pid_t> parents = descendants_of(program.process());
  std::vector<pid_t> others = ranks_of(program);
  std::erase_if(others, [&](pid_t rank) { return parents.at(rank) == launcher; });
  ASSERT_EQ(others.size(), 1U);
  kill(others[0], SIGKILL);
  const Ended ended = program.wait();
  ASSERT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_TRUE(program.everyone_has_gone());
  const auto row = table("results/small").at(0);
  EXPECT_EQ(row.at("failures"), "2");
  EXPECT_LT(std::stod(row.at("time_s")), 60) << "whatever the other host's clock says";
  EXPECT_LT(std::stod(row.at("detect_s")), 60);
  EXPECT_GT(std::stod(row.at("useful_s")), 0);
  ASSERT_EQ(run("", "-n 3 -s workload.stop.steps=300 -o whole").code, 0);
  EXPECT_EQ(row.at("parameters_sha256"), table("whole").at(0).at("parameters_sha256"));
}

// Its kernel, and so its clock, is another, as far as the rank can see.
TEST_F(MpiRun, WhereRankZeroIsElsewhereNobodyStartsAgain) {
  if (WEXITSTATUS(std::system("unshare -m true 2>/dev/null")) != 0) GTEST_SKIP() << "needs root";
  folder.file("boot_id", "another\n");
  const std::string line = fmt::format(
      "#!/bin/sh\nPATH=/usr/bin:/bin\nexec unshare -m sh -c 'mount --bind {}/boot_id /proc/sys/kernel/random/boot_id "
      "&& "
      "exec mpirun \"$@\"' sh \"$@\"\n",
      folder.path().string());
  std::filesystem::create_directory(folder.path() / "bin");
  const std::filesystem::path elsewhere = folder.file("bin/mpirun", line);
  std::filesystem::permissions(elsewhere, std::filesystem::perms::owner_all);
  const std::string before = fmt::format("env PATH={}/bin:$PATH", folder.path().string());
  const Ended ended = run(before, "-w mpi -o there -s 'recovery={restarts: 3}'");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(table("there").at(0).at("failure"), HasSubstr("so rank 0 must be there: name that host first"));
  EXPECT_EQ(run(before, "-w mpi -o here").code, 0) << "a run of one attempt needs no clock";
}

}  // namespace
}  // namespace tandem
