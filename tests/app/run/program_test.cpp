// tandem run as a user meets it: exit codes, options, and where files go.
#include "tests/app/run/program.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/app/run/small_scenario.h"

namespace tandem {
namespace {

using Words = std::vector<std::string>;

struct TandemRun : testing::Test {
  TandemRun() { folder.file("small.yaml", kSmallScenario); }
  Ended run(Words more) {
    more.insert(more.begin(), {"run", "small.yaml"});
    return run_program(folder, more);
  }
  nlohmann::json json_of(Words more) {
    more.emplace_back("--json");
    const Ended ended = run(more);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return nlohmann::json::parse(ended.out);
  }
  std::vector<std::string> results() const { return entries_of(folder.path() / "results"); }
  Table table(const std::string& name) const { return read_table(folder.path() / "results" / name / "runs.csv"); }

  TemporaryFolder folder;
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(TandemRun, AnswersOnStandardOutputAndWritesItsTables) {
  const Ended ended = run({});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(contains(ended.out, "How long is a short run?")) << ended.out;
  EXPECT_TRUE(contains(ended.out, "results/small/runs.csv")) << ended.out;
  EXPECT_FALSE(contains(ended.err, "How long is a short run?")) << ended.err;
  EXPECT_EQ(entries_of(folder.path() / "results" / "small"),
            (Words{"ranks.csv", "report.html", "run.json", "runs.csv", "steps.csv", "study.json"}));
  const Table rows = table("small");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].at("steps"), "5");
  EXPECT_EQ(rows[0].at("samples"), "50");
  EXPECT_EQ(rows[0].at("parameters_sha256").size(), 64u);
  EXPECT_EQ(rows[0].at("failure"), "");
}

TEST_F(TandemRun, VersionsOfWhatItIsMadeOfArePrinted) {
  const Ended ended = run_program(folder, {"--version"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(ended.out.starts_with("tandem 0.")) << ended.out;
  EXPECT_TRUE(contains(ended.out, "SimGrid 3.")) << ended.out;
  EXPECT_TRUE(contains(ended.out, "Eigen 3.")) << ended.out;
  EXPECT_TRUE(contains(ended.out, "for this processor") || contains(ended.out, "for any processor")) << ended.out;
}

TEST_F(TandemRun, AStudyOfALaterTandemIsNotDrawn) {
  EXPECT_EQ(run({}).code, 0);
  const auto study = folder.path() / "results/small/study.json";
  auto record = nlohmann::json::parse(content_of(study));
  record["format"] = 99;
  std::ofstream(study) << record;
  const Ended ended = run_program(folder, {"report", "results/small"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(contains(ended.err, "study.json: these results have format 99")) << ended.err;
}

TEST_F(TandemRun, NothingIsOverwritten) {
  EXPECT_EQ(run({}).code, 0);
  const std::string first = content_of(folder.path() / "results/small/run.json");
  const Ended second = run({"-s", "seed=7"});
  EXPECT_EQ(second.code, 0);
  EXPECT_TRUE(contains(second.err, "writing to results/small-2 (--force replaces it)")) << second.err;
  EXPECT_EQ(results(), (Words{"small", "small-2"}));
  EXPECT_EQ(content_of(folder.path() / "results/small/run.json"), first);
  EXPECT_EQ(table("small-2").at(0).at("seed"), "7");
}

TEST_F(TandemRun, ForceReplacesTheWholeStudy) {
  EXPECT_EQ(run({"-s", "strategy={name: ps-async}", "-s", "trace=true", "-s", "save_parameters=true"}).code, 0);
  folder.file("results/small/notes.txt", "mine");
  const Ended second = run({"--force"});
  EXPECT_EQ(second.code, 0);
  EXPECT_TRUE(contains(second.err, "replacing the earlier study in results/small")) << second.err;
  EXPECT_EQ(entries_of(folder.path() / "results" / "small"),
            (Words{"notes.txt", "ranks.csv", "report.html", "run.json", "runs.csv", "steps.csv", "study.json"}))
      << "the asynchronous run's staleness.csv would be taken for this run's";
}

TEST_F(TandemRun, OutputFoldersOfAllKinds) {
  for (const char* name : {"plain", "slashed/", "deep/er", "./dotted"}) {
    const Ended ended = run({"-o", name});
    EXPECT_EQ(ended.code, 0) << name << ": " << ended.err;
    EXPECT_TRUE(std::filesystem::exists(folder.path() / name / "runs.csv")) << name;
  }
  EXPECT_TRUE(results().empty());
  EXPECT_EQ(run({"-o", "slashed/"}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "slashed-2" / "runs.csv"));
  EXPECT_EQ(run({"-o", (folder.path() / "absolute").string()}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "absolute" / "runs.csv"));
}

TEST_F(TandemRun, AFolderWithSomethingElseInItIsLeftAlone) {
  std::filesystem::create_directory(folder.path() / "holiday");
  folder.file("holiday/sea.png", "x");
  const Ended ended = run({"-o", "holiday", "--force"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(contains(ended.err, "holiday is not empty and holds no study; writing to holiday-2")) << ended.err;
  EXPECT_EQ(entries_of(folder.path() / "holiday"), (Words{"sea.png"}));
}

TEST_F(TandemRun, AnUnwritableOutputFolderIsTheUsersError) {
  folder.file("file", "");
  for (const auto& [place, named] : std::map<std::string, std::string>{{"file", "folder file: "},
                                                                       {"file/inside", "folder file: "},
                                                                       {"/proc/none", "folder /proc/none: "},
                                                                       {"", "-o \"\": "},
                                                                       {"/", "-o \"/\": "}}) {
    const Ended ended = run({"-o", place});
    EXPECT_EQ(ended.code, 2) << place;
    EXPECT_EQ(ended.out, "") << place;
    EXPECT_TRUE(contains(ended.err, named)) << place << ": " << ended.err;
  }
}

TEST_F(TandemRun, AFolderWithoutWritePermissionIsTheUsersError) {
  if (geteuid() == 0) GTEST_SKIP() << "nothing is forbidden to root";
  std::filesystem::create_directory(folder.path() / "locked");
  std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::owner_read);
  const Ended ended = run({"-o", "locked"});
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(contains(ended.err, "Permission denied")) << ended.err;
}

TEST_F(TandemRun, MistakesExitWith2BeforeAnythingIsWritten) {
  folder.file("bad.yaml", kSmallScenario + "wrold: sim\n");
  for (const Words& words : {Words{},
                             Words{"nonsense"},
                             Words{"run"},
                             Words{"run", "bad.yaml"},
                             Words{"run", "missing.yaml"},
                             Words{"run", "."},
                             Words{"run", "small.yaml", "--nonsense"},
                             Words{"run", "small.yaml", "more"},
                             Words{"run", "small.yaml", "-n", "0"},
                             Words{"run", "small.yaml", "-n", "-1"},
                             Words{"run", "small.yaml", "-n", "two"},
                             Words{"run", "small.yaml", "-n", ""},
                             Words{"run", "small.yaml", "-n", "1", "-n", "2"},
                             Words{"run", "small.yaml", "-w", "nowhere"},
                             Words{"run", "small.yaml", "-w", ""},
                             Words{"run", "small.yaml", "-j", "0"},
                             Words{"run", "small.yaml", "-s", "seed"},
                             Words{"run", "small.yaml", "-s", "sede=1"},
                             Words{"run", "small.yaml", "-s"},
                             Words{"run", "small.yaml", "-s", "workload.batch.global=91"},
                             Words{"run", "small.yaml", "-s", "strategy.name=pipeline"}}) {
    const Ended ended = run_program(folder, words);
    std::string line = "tandem";
    for (const std::string& word : words) line += " '" + word + "'";
    EXPECT_EQ(ended.code, 2) << line << "\n" << ended.err;
    EXPECT_EQ(ended.out, "") << line;
    EXPECT_NE(ended.err, "") << line;
  }
  EXPECT_TRUE(results().empty());
}

TEST_F(TandemRun, AnUnknownCommandIsNamed) {
  EXPECT_EQ(run_program(folder, {"rnu"}).err,
            "tandem: there is no command \"rnu\"\nRun with --help for what there is.\n");
}

TEST_F(TandemRun, ARunThatFailsExitsWith1AndSaysWhy) {
  const Ended ended = run({"-w", "tcp", "-s", "timeout=100us"});
  EXPECT_EQ(ended.code, 1);
  const std::string failure = table("small").at(0).at("failure");
  EXPECT_TRUE(contains(failure, "within 0.0001 s")) << failure;
  EXPECT_TRUE(contains(ended.out, failure)) << ended.out;
  EXPECT_EQ(table("small").at(0).at("time_s"), "") << "what was not measured is not written";
}

TEST_F(TandemRun, AKilledRankFailsItsRunAndNotTheOthers) {
  Program program(folder, {"run", "small.yaml", "-w", "tcp", "-s", "sweep.grid.workload.stop.steps=[1000000000, 5]"});
  // The program, the run, and a process for each of its two ranks.
  const auto rank = [&]() -> pid_t {
    const auto processes = descendants_of(program.process());
    if (processes.size() != 3) return 0;
    for (const auto& [process, parent] : processes) {
      if (parent != program.process()) return process;
    }
    return 0;
  };
  pid_t victim = 0;
  ASSERT_TRUE(becomes_true([&] { return (victim = rank()) != 0; }));
  kill(victim, SIGKILL);
  const Ended ended = program.wait();
  EXPECT_EQ(ended.code, 1) << ended.err;
  const Table rows = table("small");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_TRUE(contains(rows[0].at("failure"), "was killed by signal 9 (Killed)")) << rows[0].at("failure");
  EXPECT_EQ(rows[1].at("failure"), "");
  EXPECT_EQ(rows[1].at("steps"), "5");
  EXPECT_TRUE(program.everyone_has_gone());
}

TEST_F(TandemRun, OptionsOverrideTheScenario) {
  const auto json = json_of({"-w", "sim", "-n", "3", "-s", "seed=9", "-s", "workload.stop.steps=7", "-s",
                             "strategy={name: ps-sync, servers: 2}", "-o", "elsewhere"});
  EXPECT_EQ(json.at("name"), "small");
  EXPECT_EQ(json.at("question"), "How long is a short run?");
  EXPECT_EQ(json.at("directory"), "elsewhere");
  EXPECT_TRUE(json.at("skipped").empty());
  ASSERT_EQ(json.at("runs").size(), 1u);
  const auto& only = json.at("runs")[0];
  EXPECT_EQ(only.at("world"), "sim");
  EXPECT_EQ(only.at("workers"), 3);
  EXPECT_EQ(only.at("ranks"), 5);
  EXPECT_EQ(only.at("seed"), 9);
  EXPECT_EQ(only.at("steps"), 7);
  EXPECT_EQ(only.at("strategy_label"), "ps-sync x2");
}

TEST_F(TandemRun, OptionsPinWhatTheGridSweeps) {
  folder.file("grid.yaml", kSmallScenario + "sweep: {grid: {cluster.workers: [1, 2, 3], world: [sim, threads]}}\n");
  const Ended ended = run_program(folder, {"run", "grid.yaml", "-n", "5", "-w", "threads", "--json"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  const auto json = nlohmann::json::parse(ended.out);
  ASSERT_EQ(json.at("runs").size(), 1u);
  EXPECT_EQ(json.at("runs")[0].at("workers"), 5);
  EXPECT_EQ(json.at("runs")[0].at("world"), "threads");
}

TEST_F(TandemRun, AGridIsOneTableWithWhatWasSkipped) {
  folder.file("grid.yaml", kSmallScenario + R"(sweep:
  grid:
    strategy: [{name: single}, {name: allreduce}]
    cluster.workers: [1, 2]
    world: [sim, threads]
  repeat: 2
)");
  const Ended ended = run_program(folder, {"run", "grid.yaml", "-j", "2"});
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(contains(ended.out, "single runs on one worker, not on 2")) << ended.out;
  const Table rows = table("small");
  EXPECT_EQ(rows.size(), 9u) << "three simulations, and three real runs twice";
  for (const auto& row : rows) EXPECT_EQ(row.at("parameters_sha256").size(), 64u);
  EXPECT_EQ(entries_of(folder.path() / "results/small/runs").size(), 9u);
  const auto json = nlohmann::json::parse(run_program(folder, {"run", "grid.yaml", "--json"}).out);
  EXPECT_EQ(json.at("skipped").size(), 2u);
  EXPECT_EQ(json.at("skipped")[0].at("reason"), "single runs on one worker, not on 2");
}

TEST_F(TandemRun, ADivergedRunIsAResult) {
  const auto json = json_of({"-s", "workload.optimizer={name: sgd, lr: 1000000}", "-s", "workload.stop.steps=30"});
  const auto& loss = json.at("runs").at(0).at("train_loss");
  EXPECT_TRUE(loss.is_null() || loss == "inf") << loss;
}

TEST_F(TandemRun, ClosedStreamsHarmNoWorld) {
  for (const char* world : {"threads", "tcp", "sim"}) {
    for (const std::vector<int>& closed : {std::vector{0}, {1}, {0, 1, 2}}) {
      const Ended ended = run_program(folder, {"run", "small.yaml", "-w", world, "-o", world}, closed);
      EXPECT_EQ(ended.code, 0) << world << " without " << closed.size() << " streams: " << ended.err;
    }
    for (const char* copy : {"", "-2", "-3"})
      EXPECT_EQ(read_table(folder.path() / (std::string(world) + copy) / "runs.csv").size(), 1u);
  }
}

TEST_F(TandemRun, AnAnswerThatCannotBeWrittenIsAFailure) {
  ASSERT_EQ(symlink("/dev/full", (folder.path() / ".stdout").c_str()), 0);
  const Ended ended = run({});
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(contains(ended.err, "the answer could not be written: No space left on device")) << ended.err;
}

}  // namespace
}  // namespace tandem
