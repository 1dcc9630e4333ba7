// tandem join, and planned changes, where ranks are on several hosts. The launcher is env, so that all are this one.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>

#include "app/store/join_request.h"
#include "app/store/journal.h"
#include "tests/app/run/program.h"
#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using Words = std::vector<std::string>;

struct OnHosts : testing::Test {
  // A linear model would end with the same bits on whatever number of workers.
  OnHosts() {
    std::string text = kSmallScenario;
    const std::string linear = "{name: linear, init: zeros}";
    folder.file("small.yaml",
                text.replace(text.find(linear), linear.size(), "{name: mlp, hidden: [7, 5]}\n  loss: mse"));
  }

  Words command(const Words& more) const {
    Words words = {"run",     "small.yaml",     "-o",         "run",      "-w",          "tcp",
                   "--hosts", "here:2,there:1", "--launcher", launcher(), "--advertise", "127.0.0.1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // For root the monotonic clock is another on the other host.
  static std::string launcher() {
    const std::string other_clock = "unshare -T --monotonic 1000000";
    const bool can = WEXITSTATUS(std::system((other_clock + " true 2>/dev/null").c_str())) == 0;
    return (can ? other_clock + " " : "") + "env WHERE={host}";
  }
  std::map<std::string, std::string> row(const std::string& name) const {
    return read_table(folder.path() / name / "runs.csv").at(0);
  }
  std::string digest_of_a_plan(const Words& plan) const {
    Words words = {"run", "small.yaml", "-o", "plan", "--force"};
    words.insert(words.end(), plan.begin(), plan.end());
    EXPECT_EQ(run_program(folder, words).code, 0);
    return row("plan").at("parameters_sha256");
  }
  Ended join(const Words& more) const {
    Words words = {"join", "run"};
    words.insert(words.end(), more.begin(), more.end());
    return Program(folder, words, {}, ".join").wait();
  }

  static std::string environment_of(pid_t process, const std::string& name) {
    const std::string all = content_of("/proc/" + std::to_string(process) + "/environ");
    const std::size_t at = all.find(name + "=");
    return at == all.npos ? "" : std::string(all.c_str() + at + name.size() + 1);
  }

  TemporaryFolder folder;
};

TEST_F(OnHosts, RanksFailAndChangeAsPlanned) {
  const Words plan = {"-n", "3",
                      "-s", "workload.stop.steps=12",
                      "-s", "checkpoint={every: 4}",
                      "-s", "faults=[{kill: worker 2, at: step 6, shrink: true}, {kill: worker 0, at: step 9}]",
                      "-s", "elastic=[{at: step 10, workers: 3}]"};
  const Ended ended = run_program(folder, command(plan));
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(row("run").at("parameters_sha256"), digest_of_a_plan(plan));
  EXPECT_EQ(row("run").at("failures"), "2");
  EXPECT_EQ(row("run").at("lost_steps"), "3");
  EXPECT_EQ(row("run").at("workers"), "3");
  EXPECT_GT(std::stod(row("run").at("recovery_s")), std::stod(row("run").at("detect_s")));
  EXPECT_LT(std::stod(row("run").at("time_s")), 60) << "whatever the other host's clock says";
}

TEST_F(OnHosts, WorkersJoinWhereThereIsRoomAndLeave) {
  Program program(folder, command({"-n", "2", "-s", "workload.stop.steps=400", "-s", "cluster.emulate_speed=true", "-s",
                                   "cluster.host.speed=300kflop/s", "-s", "membership={most: 5}"}));
  ASSERT_TRUE(becomes_true([&] { return is_open(folder.path() / "run"); })) << content_of(folder.path() / ".stderr");
  const Ended joined = join({});
  EXPECT_EQ(joined.code, 0) << joined.err;
  EXPECT_THAT(joined.out, HasSubstr("3 workers train from step "));
  const Ended refused = join({});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("there are 3 workers, and the hosts of the run have room for 3"));
  const Ended left = join({"--leave", "-n", "2"});
  EXPECT_EQ(left.code, 0) << left.err;
  EXPECT_THAT(left.out, HasSubstr("1 worker trains from step "));
  const Ended ended = program.wait();
  ASSERT_EQ(ended.code, 0) << ended.err;
  std::string changes;
  for (const JournalEntry& entry : Journal(folder.path() / "run").read()) {
    if (entry.kind == JournalEntry::Kind::changed)
      changes += fmt::format("{}{{at: step {}, workers: {}}}", changes.empty() ? "" : ", ", entry.step, entry.workers);
  }
  EXPECT_EQ(row("run").at("parameters_sha256"),
            digest_of_a_plan({"-n", "2", "-s", "workload.stop.steps=400", "-s", "elastic=[" + changes + "]"}));
  EXPECT_EQ(row("run").at("steps"), "400");
}

TEST_F(OnHosts, HostsComeThatNobodyHasNamed) {
  Program program(folder, command({"-n", "2", "-s", "workload.stop.steps=300", "-s", "cluster.emulate_speed=true", "-s",
                                   "cluster.host.speed=300kflop/s", "-s", "membership={most: 6}"}));
  ASSERT_TRUE(becomes_true([&] { return is_open(folder.path() / "run"); })) << content_of(folder.path() / ".stderr");
  const Ended mistaken = join({"--host", "new:2; rm -rf /"});
  EXPECT_EQ(mistaken.code, 2);
  EXPECT_THAT(mistaken.err, HasSubstr("must be a host's name"));
  leave_request(folder.path() / "run", 1, "--option");
  EXPECT_TRUE(becomes_true([&] {
    return content_of(folder.path() / "run" / "journal.jsonl").find("must be a host's name") != std::string::npos;
  })) << "whoever wrote it";
  const Ended joined = join({"--host", "new:3"});
  EXPECT_EQ(joined.code, 0) << joined.err;
  EXPECT_THAT(joined.out, HasSubstr("5 workers train from step "));
  std::string hosts;
  for (const auto& [process, parent] : descendants_of(program.process()))
    hosts += environment_of(process, "WHERE") + " ";
  EXPECT_THAT(hosts, HasSubstr("new"));
  EXPECT_THAT(join({"-n", "2"}).err, HasSubstr("there are 5 workers; 2 more would be more than membership.most, 6"));
  const Ended ended = program.wait();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(row("run").at("workers"), "5");
}

// The launcher reaches every host but one.
TEST_F(OnHosts, AHostThatDoesNotComeIsLeftOut) {
  const std::string door = folder.file("door", "#!/bin/sh\ntest $1 != nowhere || exit 7\nshift\nexec \"$@\"\n");
  Words words = command({"-n", "3", "-s", "workload.stop.steps=300", "-s", "cluster.emulate_speed=true", "-s",
                         "cluster.host.speed=300kflop/s", "-s", "membership={most: 6}"});
  std::replace(words.begin(), words.end(), launcher(), "sh " + door + " {host}");
  Program program(folder, words);
  ASSERT_TRUE(becomes_true([&] { return is_open(folder.path() / "run"); })) << content_of(folder.path() / ".stderr");
  const Ended joined = join({"--host", "nowhere"});
  EXPECT_EQ(joined.code, 2);
  EXPECT_THAT(joined.err, HasSubstr("host nowhere: the process of rank 3 ended with exit code 7"));
  const Ended ended = program.wait();
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(row("run").at("workers"), "3");
  EXPECT_EQ(row("run").at("failures"), "0");
  EXPECT_EQ(row("run").at("parameters_sha256"), digest_of_a_plan({"-n", "3", "-s", "workload.stop.steps=300"}));
}

TEST_F(OnHosts, ARunThatCannotGrowOrHasEndedTakesNobodyIn) {
  ASSERT_EQ(run_program(folder, {"run", "small.yaml", "-o", "run", "-w", "tcp", "-s", "membership={most: 3}"}).code, 0);
  const Ended ended = join({});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("run: no run that workers may join is under way here"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "run" / kRequestFile));
  Program program(folder, {"run", "small.yaml", "-o", "closed", "-w", "tcp", "-s", "workload.stop.steps=1000000000"});
  ASSERT_TRUE(becomes_true([&] { return descendants_of(program.process()).size() == 3; }));
  const Ended closed = Program(folder, {"join", "closed"}, {}, ".join").wait();
  EXPECT_EQ(closed.code, 2);
  EXPECT_THAT(closed.err, HasSubstr("its scenario says membership: {most: 4}"));
}

}  // namespace
}  // namespace tandem
