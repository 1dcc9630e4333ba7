// A sweep that was killed, or one of whose points crashed: the others go on, and the same command ends what is left.
#include <gtest/gtest.h>

#include <csignal>
#include <optional>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

using Words = std::vector<std::string>;

// The run of 31 workers takes a third of a second (a minute where a sanitizer makes threads of its workers), the others
// no time.
constexpr const char* kSweep = R"(tandem: 1
name: sweep
question: What is left of a sweep that was interrupted?
workload:
  model: {name: profile, parameters: 1000, samples_per_s: 100}
  batch: {per_worker: 1}
  stop: {steps: 100}
strategy: {name: allreduce, collective: ring}
world: sim
sweep:
  grid:
    cluster.workers: [2, 31, 3]
    cluster.network.bandwidth: [1Gbit/s, 2Gbit/s]
)";

class Sweep : public testing::Test {
 protected:
  Sweep() { folder_.file("sweep.yaml", kSweep); }

  Ended run(const std::string& output, const Words& more = {}) {
    Words words = {"run", "sweep.yaml", "-j", "1", "-o", output};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(folder_, words);
  }
  // Returns while the `number`-th run is on.
  void start_and_wait_for_run(std::size_t number) {
    program_.emplace(folder_, Words{"run", "sweep.yaml", "-j", "1", "-o", "broken"});
    ASSERT_TRUE(becomes_true([&] {
      return entries_of(folder_.path() / "broken" / "runs").size() == number &&
             descendants_of(program_->process()).size() == 1;
    })) << content_of(folder_.path() / ".stderr");
  }
  void interrupt(int signal) {
    ASSERT_NO_FATAL_FAILURE(start_and_wait_for_run(3));
    kill(program_->process(), signal);
    EXPECT_EQ(program_->wait().code, 128 + signal);
    EXPECT_TRUE(program_->everyone_has_gone());
  }
  // What people waited and how much memory it took differ from run to run.
  Table table(const std::string& output) const {
    Table rows = read_table(folder_.path() / output / "runs.csv");
    for (auto& row : rows) row.erase("wall_s"), row.erase("peak_rss_bytes");
    return rows;
  }
  std::string record_of_first_run() const {
    const auto runs = folder_.path() / "broken" / "runs";
    return content_of(runs / entries_of(runs).at(0) / "run.json");
  }

  TemporaryFolder folder_;
  std::optional<Program> program_;
};

class Interrupted : public Sweep, public testing::WithParamInterface<int> {};

TEST_P(Interrupted, GoesOnAndEndsAsIfItHadNotBeen) {
  ASSERT_NO_FATAL_FAILURE(interrupt(GetParam()));
  const std::string first = record_of_first_run();
  const Ended rest = run("broken");
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_NE(rest.err.find("going on with the interrupted study in broken\n2 of 6 runs were finished before\n"),
            std::string::npos)
      << rest.err;
  EXPECT_EQ(record_of_first_run(), first) << "it was run again";
  EXPECT_EQ(run("whole").code, 0);
  EXPECT_EQ(table("broken").size(), 6u);
  EXPECT_EQ(table("broken"), table("whole"));

  EXPECT_EQ(run("broken").code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "broken-2")) << "a finished study is left alone";
}
INSTANTIATE_TEST_SUITE_P(Sweep, Interrupted, testing::Values(SIGINT, SIGKILL),
                         [](const auto& each) { return each.param == SIGINT ? "ByCtrlC" : "ByKill"; });

TEST_F(Sweep, AnotherScenarioDoesNotGoOnWithIt) {
  ASSERT_NO_FATAL_FAILURE(interrupt(SIGKILL));
  const std::string first = record_of_first_run();
  const Ended other = run("broken", {"-s", "workload.stop.steps=1"});
  EXPECT_EQ(other.code, 0) << other.err;
  EXPECT_NE(
      other.err.find("broken holds an unfinished study that is not this one or is under way; writing to broken-2"),
      std::string::npos)
      << other.err;
  EXPECT_EQ(record_of_first_run(), first);
}

TEST_F(Sweep, TwoProgramsDoNotWriteToOneFolder) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_run(3));
  const Ended second = run("broken", {"-s", "sweep.grid.cluster.workers=[2, 31, 3]"});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(program_->wait().code, 0);
  EXPECT_EQ(table("broken"), table("broken-2"));
}

TEST_F(Sweep, APointThatCrashesIsNamedAndTheOthersGoOn) {
  ASSERT_NO_FATAL_FAILURE(start_and_wait_for_run(3));
  // What the system does where memory runs out; sanitizers turn other signals into exit codes.
  kill(descendants_of(program_->process()).begin()->first, SIGKILL);
  const Ended ended = program_->wait();
  EXPECT_EQ(ended.code, 1);
  EXPECT_NE(ended.err.find("allreduce ring, sim, 31 workers, cluster.network.bandwidth=1Gbit/s: the run's process "
                           "ended by signal 9"),
            std::string::npos)
      << ended.err;
  const Table rows = table("broken");
  ASSERT_EQ(rows.size(), 6u);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].at("failure").empty(), i != 2) << i;
}

}  // namespace
}  // namespace tandem
