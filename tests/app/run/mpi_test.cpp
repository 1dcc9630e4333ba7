// The mpi world from the command line: in a job of its own, and in the user's.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "app/launch/mpi_launch.h"
#include "app/run/prepare.h"
#include "app/scenario/loader.h"
#include "core/errors.h"
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
    Words line = mpirun_line(processes, "", {});
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

TEST(MpirunLine, NamesTheHostsWhereThereAreSome) {
  EXPECT_THAT(mpirun_line(7, "", {"rank"}), Not(testing::Contains("--hostfile")));
  const Words line = mpirun_line(7, "/etc/hosts of mine", {"rank", "here"});
  EXPECT_THAT(line, IsSupersetOf(Words{"7", "--oversubscribe", "--hostfile", "/etc/hosts of mine"}));
  EXPECT_EQ(line.back(), "here");
  EXPECT_THAT(text_of_command(line), HasSubstr(" --hostfile '/etc/hosts of mine' "));
}

TEST(Order, IsReadAsTheSameRun) {
  const TemporaryFolder folder;
  const std::string more = "strategy: {name: ps-sync, servers: 2}\nworld: mpi\nseed: 7\n";
  const tandem::Run run{.scenario = parse_plan(kSmallScenario + more, "small.yaml").points.at(0).scenario,
                        .factors = {{"strategy", "a, \"quoted\" one"}, {"cluster.workers", "2"}},
                        .repeat = 3,
                        .directory = folder.path()};
  write_order(run);
  const Prepared read = read_order(folder.path());
  ASSERT_EQ(read.runs.size(), 1U);
  EXPECT_EQ(to_json(read.runs[0].scenario), to_json(run.scenario));
  EXPECT_EQ(read.runs[0].factors, run.factors);
  EXPECT_EQ(read.runs[0].repeat, 3);
  EXPECT_EQ(read.runs[0].directory, folder.path());
  EXPECT_EQ(ranks_of(read.runs[0]), 4);
}

// Its ranks would be this test program, which would run all its tests.
TEST(Order, OfAProgramThatCannotBeARankIsNotStarted) {
  const TemporaryFolder folder;
  const Prepared prepared = prepare(parse_plan(kSmallScenario + "world: mpi\n", "small.yaml"));
  tandem::Run run = prepared.runs.at(0);
  run.directory = folder.path();
  execute(run);
  EXPECT_THAT(read_result(folder.path()).failure, HasSubstr("does not know the command that makes it a rank"));
}

TEST(Order, ThatIsMissingOrBrokenIsAUsageError) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_order(folder.path()), UsageError);
  folder.file("order.json", "{\"scenario\": ");
  EXPECT_THROW(read_order(folder.path()), UsageError);
  folder.file("order.json", "{\"repeat\": 1}");
  EXPECT_THROW(read_order(folder.path()), UsageError);
}

}  // namespace
}  // namespace tandem
