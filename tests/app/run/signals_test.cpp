// Ctrl-C and kill at any time: no process is left behind, and what was finished is kept.
#include <gtest/gtest.h>

#include <csignal>
#include <optional>
#include <vector>

#include "app/worlds/worlds.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

class EachWorld : public testing::TestWithParam<std::string> {
 protected:
  EachWorld() { folder_.file("small.yaml", kSmallScenario); }

  // A run that ends at once, then one that never does. Returns when the first has ended and the second is on.
  void start_and_wait_for_second_run() {
    const std::string world = GetParam();
    // Besides the program itself: the run, mpirun in the mpi world, and two ranks where they are processes.
    const std::size_t processes = world == "mpi" ? 4 : world == "tcp" ? 3 : 1;
    program_.emplace(folder_, std::vector<std::string>{"run", "small.yaml", "-w", world, "-j", "1", "-s",
                                                       "sweep.grid.workload.stop.steps=[5, 1000000000]"});
    const auto second_is_on = [&] {
      return entries_of(study() / "runs").size() == 2 && descendants_of(program_->process()).size() == processes;
    };
    ASSERT_TRUE(becomes_true(second_is_on)) << content_of(folder_.path() / ".stderr");
  }
  std::filesystem::path study() const { return folder_.path() / "results" / "small"; }

  void expect_the_first_run_is_kept(int code) {
    const Ended ended = program_->wait();
    EXPECT_EQ(ended.code, code) << ended.err;
    EXPECT_NE(ended.err.find("interrupted; 1 of 2 runs were finished and are in results/small"), std::string::npos)
        << ended.err;
    const Table rows = read_table(study() / "runs.csv");
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].at("steps"), "5");
    EXPECT_EQ(rows[0].at("failure"), "");
    EXPECT_TRUE(program_->everyone_has_gone());
  }

  TemporaryFolder folder_;
  std::optional<Program> program_;
};

// A terminal sends it to the whole process group.
TEST_P(EachWorld, InterruptToTheGroup) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(-program_->process(), SIGINT);
  expect_the_first_run_is_kept(130);
}

TEST_P(EachWorld, InterruptToTheProcessAlone) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(program_->process(), SIGINT);
  expect_the_first_run_is_kept(130);
}

TEST_P(EachWorld, Terminate) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(program_->process(), SIGTERM);
  expect_the_first_run_is_kept(143);
}

TEST_P(EachWorld, KillLeavesNobody) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(program_->process(), SIGKILL);
  EXPECT_EQ(program_->wait().code, 137);
  EXPECT_TRUE(program_->everyone_has_gone());
}

TEST_P(EachWorld, ALostTerminalLeavesNobody) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(-program_->process(), SIGHUP);
  program_->wait();
  EXPECT_TRUE(program_->everyone_has_gone());
}

// After it the folder is no finished study: the next run goes elsewhere.
TEST_P(EachWorld, AKilledStudyIsNotOverwritten) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_second_run());
  kill(program_->process(), SIGKILL);
  program_->wait();
  ASSERT_TRUE(program_->everyone_has_gone());
  const Ended next = run_program(folder_, {"run", "small.yaml"});
  EXPECT_EQ(next.code, 0) << next.err;
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "results" / "small-2" / "runs.csv"));
}

std::vector<std::string> names_of_worlds() {
  std::vector<std::string> names;
  for (const World* world : worlds()) names.emplace_back(world->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Signals, EachWorld, testing::ValuesIn(names_of_worlds()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace tandem
