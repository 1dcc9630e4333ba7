// The commands that run nothing: what they print where, and their exit codes.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "algorithms/collectives/collective.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/strategy.h"
#include "app/commands/list.h"
#include "app/commands/validate.h"
#include "app/worlds/worlds.h"
#include "tests/temporary_folder.h"

namespace tandem {
namespace {

struct Printed {
  int code;
  std::string out, err;
};

template <class Command>
Printed printed_by(const Command& command) {
  std::filesystem::current_path(TANDEM_SOURCE_DIR);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = command();
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Validate, CountsTheRunsOfAScenario) {
  const Printed said = printed_by([] {
    return validate_command(
        {.files = {"scenarios/pipeline.yaml"}, .overrides = {"cluster.workers=2", "sweep.repeat=3"}});
  });
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.out, "scenarios/pipeline.yaml: ok: 21 runs (7 points, 3 repeats), 2 figures\n");
  EXPECT_EQ(said.err, "");
}

TEST(Validate, GoesOnAfterAFileWithMistakes) {
  const Printed said = printed_by([] {
    return validate_command({.files = {"tests/golden/bad/zero-workers.yaml", "scenarios/pipeline.yaml"}});
  });
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(contains(said.out, "scenarios/pipeline.yaml: ok: 28 runs")) << said.out;
  EXPECT_TRUE(said.err.starts_with("tests/golden/bad/zero-workers.yaml:7:20: error: cluster.workers")) << said.err;
}

// What `run` would refuse, `validate` refuses.
TEST(Validate, AcceptsOnlyWhatRunCanBegin) {
  const auto said = [](const std::string& change) {
    return printed_by([&] {
      return validate_command({.files = {"scenarios/pipeline.yaml"}, .overrides = {"cluster.workers=2", change}});
    });
  };
  EXPECT_EQ(said("seed=1").code, 0);
  const Printed too_many_stages = said("cluster.workers=8191");
  EXPECT_EQ(too_many_stages.code, 2) << too_many_stages.out;
  EXPECT_TRUE(contains(too_many_stages.err, "nothing to run")) << too_many_stages.err;
  const Printed torus = said("cluster.network={topology: torus, dimensions: [1]}");
  EXPECT_EQ(torus.code, 2) << torus.out;
  const Printed batch = printed_by([] {
    return validate_command({.files = {"scenarios/quickstart.yaml"}, .overrides = {"workload.batch={global: 60001}"}});
  });
  EXPECT_EQ(batch.code, 2) << batch.out;
  EXPECT_TRUE(contains(batch.err, "more than the 60000 training rows")) << batch.err;
}

TEST(Validate, AModelThatNoMemoryHoldsIsRefused) {
  const Printed said = printed_by([] {
    return validate_command({.files = {"scenarios/quickstart.yaml"},
                             .overrides = {"workload.model={name: mlp, hidden: [1000000, 1000000]}"}});
  });
  EXPECT_EQ(said.code, 2) << said.out;
  EXPECT_TRUE(contains(said.err, "parameters and their gradients take")) << said.err;
}

TEST(List, NamesEverythingOfTheRegistries) {
  const Printed said = printed_by([] { return list_command({}); });
  EXPECT_EQ(said.code, 0);
  for (const Strategy& strategy : all_strategies()) EXPECT_TRUE(contains(said.out, strategy.doc)) << strategy.name;
  for (const World* world : worlds()) EXPECT_TRUE(contains(said.out, world->doc)) << world->name;
  EXPECT_TRUE(contains(said.out, "scenarios/quickstart.yaml")) << said.out;
  EXPECT_TRUE(contains(said.out, "synthetic-linear")) << said.out;
}

TEST(List, OfIdeasHasOneLineAndThePaperOfEach) {
  const Printed collectives = printed_by([] { return list_command({.topic = "collectives"}); });
  for (const Collective& collective : all_collectives()) {
    EXPECT_TRUE(contains(collectives.out, "\n  " + std::string(collective.name) + " ")) << collective.name;
    EXPECT_TRUE(contains(collectives.out, "(" + std::string(collective.paper) + ")\n")) << collective.name;
  }
  EXPECT_TRUE(contains(collectives.out, "[reduce-scatter, all-gather]") ||
              contains(collectives.out, "[all-reduce, reduce-scatter, all-gather]"))
      << collectives.out;
  const Printed strategies = printed_by([] { return list_command({.topic = "strategies"}); });
  const Printed exchanges = printed_by([] { return list_command({.topic = "exchanges"}); });
  for (const Strategy& strategy : all_strategies()) {
    const std::string line = "\n  " + std::string(strategy.name) + " ";
    EXPECT_EQ(contains(strategies.out, line), !strategy.is_exchange) << strategy.name;
    EXPECT_EQ(contains(exchanges.out, line), strategy.is_exchange) << strategy.name;
  }
  const Printed schedules = printed_by([] { return list_command({.topic = "schedules"}); });
  for (const Schedule& schedule : all_schedules())
    EXPECT_TRUE(contains(schedules.out, "(" + std::string(schedule.paper) + ")\n")) << schedule.name;
}

TEST(List, OfOneTopicHasNoOther) {
  const Printed said = printed_by([] { return list_command({.topic = "models"}); });
  EXPECT_TRUE(said.out.starts_with("models [keys]\n  mlp ")) << said.out;
  EXPECT_FALSE(contains(said.out, "ps-sync")) << said.out;
}

TEST(List, OfProfilesHasTheirTotalsAndSources) {
  const Printed said = printed_by([] { return list_command({.topic = "profiles"}); });
  EXPECT_TRUE(
      contains(said.out, "\n  resnet50       25.6 M parameters, 22.9Gflop per sample, 7.72Gflop of it forward. He et"))
      << said.out;
  EXPECT_TRUE(contains(said.out, "\n  bert-large     335.1 M parameters, 1.01Tflop per sample of 512 tokens, "))
      << said.out;
  const Printed keys = printed_by([] { return list_command({.topic = "profiles", .keys = true}); });
  EXPECT_TRUE(contains(keys.out, "| `layers[].forward_flops` |")) << keys.out;
  EXPECT_FALSE(contains(keys.out, "cluster")) << keys.out;
}

TEST(List, OfAFolderWithoutScenariosSaysSo) {
  const Printed said = printed_by([] { return list_command({.topic = "scenarios", .folder = "no-such-folder"}); });
  EXPECT_EQ(said.code, 0);
  EXPECT_TRUE(contains(said.out, "(no scenario here)")) << said.out;
}

TEST(List, PrintsTheSchemaAsJson) {
  const Printed said = printed_by([] { return list_command({.schema = true}); });
  EXPECT_EQ(nlohmann::json::parse(said.out)["properties"]["cluster"]["properties"]["workers"]["minimum"], 1);
}

/// The program itself with these arguments, for what starts further processes of it; `before` is for the shell.
Printed printed_by_program(const std::string& arguments, const std::string& before = "") {
  std::filesystem::current_path(TANDEM_SOURCE_DIR);
  FILE* pipe = popen((before + TANDEM_PROGRAM " " + arguments + " 2>&1").c_str(), "r");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  return {WEXITSTATUS(pclose(pipe)), text, ""};
}

TEST(Doctor, FindsThatEveryWorldOfThisBuildRuns) {
  const Printed said = printed_by_program("doctor");
  EXPECT_EQ(said.code, 0) << said.out;
  for (const World* world : worlds()) {
    const std::size_t line = said.out.find("\n  " + std::string(world->name) + " ");
    ASSERT_NE(line, std::string::npos) << said.out;
    EXPECT_TRUE(said.out.substr(line + 1, said.out.find('\n', line + 1) - line - 1).ends_with(" ok")) << said.out;
  }
  EXPECT_TRUE(contains(said.out, "simgrid")) << said.out;
}

TEST(Run, OfAScenarioWithMistakesEndsWithTwoAndWritesNothing) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "tandem-commands-test";
  const Printed said = printed_by_program("run tests/golden/bad/zero-workers.yaml -o " + folder.string());
  EXPECT_EQ(said.code, 2);
  EXPECT_TRUE(contains(said.out, "cluster.workers must be a whole number")) << said.out;
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(Run, APathThatTheSystemDoesNotTakeIsTheUsersMistake) {
  const std::string too_long(300, 'x');
  for (const std::string& arguments : {too_long + ".yaml", "scenarios/quickstart.yaml -o " + too_long}) {
    const Printed said = printed_by_program("run " + arguments);
    EXPECT_EQ(said.code, 2) << said.out;
    EXPECT_FALSE(contains(said.out, "filesystem error")) << said.out;
  }
}

TEST(Run, MoreRanksThanOpenFilesAllowIsSaidBeforeAnythingStarts) {
  const Printed said = printed_by_program(
      "run scenarios/linear-regression-10-nodes.yaml -w tcp -n 30 -o /nowhere/at/all", "ulimit -n 100; ");
  EXPECT_EQ(said.code, 2) << said.out;
  EXPECT_TRUE(contains(said.out, "30 ranks in the tcp world need 130 open files, and this machine allows 100"))
      << said.out;
}

TEST(Run, AnOptionThatWouldBeIgnoredIsAMistake) {
  const std::string run = "run scenarios/linear-regression-10-nodes.yaml -w threads -o /nowhere/at/all ";
  EXPECT_TRUE(contains(printed_by_program(run + "--launcher ssh").out, "it needs --hosts"));
  EXPECT_TRUE(contains(printed_by_program(run + "--advertise 127.0.0.1").out, "it needs --hosts"));
  EXPECT_TRUE(contains(printed_by_program(run + "--listen 127.0.0.1").out, "it needs --hosts"));
  EXPECT_TRUE(contains(printed_by_program(run + "--hostfile README.md").out, "--hostfile is for the mpi world"));
  const Printed bench = printed_by_program("bench-collectives --hostfile README.md");
  EXPECT_EQ(bench.code, 2) << bench.out;
  EXPECT_TRUE(contains(bench.out, "--hostfile is for the mpi world (-w mpi), not threads")) << bench.out;
  const Printed no_host = printed_by_program("run scenarios/quickstart.yaml -w tcp --hosts \"\"");
  EXPECT_EQ(no_host.code, 2) << no_host.out;
  EXPECT_TRUE(contains(no_host.out, "NAME:RANKS")) << no_host.out;
  const Printed many = printed_by_program("run scenarios/quickstart.yaml -w tcp --hosts 127.0.0.1:300000 -n 2");
  EXPECT_EQ(many.code, 2) << many.out;
  EXPECT_TRUE(contains(many.out, "room for 300000 ranks, but the largest run has")) << many.out;
}

TEST(BenchCollectives, ChecksResultsInEveryWorld) {
  for (const World* world : worlds()) {
    const Printed said = printed_by_program(
        "bench-collectives -n 3 --max 2KiB --factor 7 --time 1ms -s timeout=30s -w " + std::string(world->name));
    EXPECT_EQ(said.code, 0) << said.out;
    EXPECT_TRUE(contains(said.out, "world " + std::string(world->name) + ", 3 ranks")) << said.out;
    EXPECT_TRUE(contains(said.out, "every value of every rank is right")) << said.out;
  }
}

TEST(BenchCollectives, HasTheRanksOfTheClustersFile) {
  const TemporaryFolder folder;
  const std::string five = folder.file("five.yaml", "workers: 5\nnetwork: {bandwidth: 1Gbit/s}\n"),
                    any = folder.file("any.yaml", "network: {bandwidth: 1Gbit/s}\n");
  for (const auto& [options, ranks] :
       {std::pair{five, 5}, std::pair{five + " -n 3", 3}, std::pair{any, 2}, std::pair{any + " -n 4", 4}}) {
    const Printed said = printed_by_program("bench-collectives -w sim --max 4B -s cluster.from=" + options);
    EXPECT_TRUE(contains(said.out, fmt::format("world sim, {} ranks", ranks))) << options << said.out;
  }
}

TEST(BenchCollectives, TimesEveryKindByEveryAlgorithm) {
  const Printed said = printed_by_program(
      "bench-collectives -w sim -n 5 -o all -c all --root 3 --min 40B --max 40kB --factor 1000 --json");
  ASSERT_EQ(said.code, 0) << said.out;
  std::set<std::string> kinds;
  for (const auto& row : nlohmann::json::parse(said.out)) {
    kinds.insert(row["operation"].get<std::string>());
    EXPECT_EQ(row["wrong"].get<int>(), 0) << row;
    EXPECT_GT(row["time_s"].get<double>(), 0) << row;
  }
  EXPECT_EQ(kinds.size(), 9U) << said.out;
}

// A chain's root sends the vector once, a binomial tree's once to each of its three children.
TEST(BenchCollectives, ShowsWhatTheBusiestRankSends) {
  const Printed said = printed_by_program(
      "bench-collectives -w sim -n 5 -o broadcast -c chain -c binomial-tree --min 4kB --max 4kB --json");
  ASSERT_EQ(said.code, 0) << said.out;
  const auto rows = nlohmann::json::parse(said.out);
  EXPECT_EQ(rows.at(0)["wire_bytes"], 4000);
  EXPECT_EQ(rows.at(1)["wire_bytes"], 12000);
}

TEST(BenchCollectives, SimulatedTimesAreTheFormulas) {
  const Printed said = printed_by_program(
      "bench-collectives -w sim -s sim.payload=phantom -s cluster.network.latency=10us -n 4 --min 4MB --max 4MB -c "
      "ring "
      "--json");
  ASSERT_EQ(said.code, 0) << said.out;
  const auto row = nlohmann::json::parse(said.out).at(0);
  EXPECT_NEAR(row["time_s"].get<double>(), 6 * (10e-6 + 1e6 / 1.25e9), 1e-9);
  EXPECT_TRUE(row["wrong"].is_null());
}

TEST(BenchCollectives, WritesEveryRowAsCsv) {
  const std::filesystem::path file = std::filesystem::path(testing::TempDir()) / "tandem-bench-collectives.csv";
  const Printed said = printed_by_program(
      "bench-collectives -w sim -n 4 --min 4B --max 16B --factor 2 -c ring -c auto --force --csv " + file.string());
  ASSERT_EQ(said.code, 0) << said.out;
  const Printed again = printed_by_program("bench-collectives -w sim --max 4B --csv " + file.string());
  EXPECT_EQ(again.code, 2) << again.out;
  std::ifstream lines(file);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line,
            "world,ranks,operation,collective,picked,bytes,count,iterations,time_s,min_time_s,algbw_bytes_per_s,"
            "busbw_bytes_per_s,wire_bytes,wrong");
  std::vector<std::string> rows;
  while (std::getline(lines, line)) rows.push_back(line);
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_TRUE(rows[1].starts_with("sim,4,all-reduce,ring,ring,8,2,1,")) << rows[1];
  EXPECT_TRUE(rows[3].starts_with("sim,4,all-reduce,auto,recursive-doubling,4,1,1,")) << rows[3];
  for (const std::string& row : rows) EXPECT_TRUE(row.ends_with(",0")) << row;
}

TEST(BenchCollectives, SaysWhatIsWrongWithAnOption) {
  for (const auto& [options, expected] : {std::pair{"-c rign", "did you mean \"ring\"?"},
                                          {"-o all-reduc", "did you mean \"all-reduce\"?"},
                                          {"-o barrier -c ring", "there is no barrier of that name"},
                                          {"-o gather -c auto", "allowed: binomial-gather, linear, all"},
                                          {"-o broadcast --root 2", "there are 2 ranks, from 0 to 1"},
                                          {"-o broadcast --root -1", "--root -1"},
                                          {"--min 2B", "4 B (one value)"},
                                          {"--time fast", "--time \"fast\""},
                                          {"-s cluster.workrs=3", "\"workers\""}}) {
    const Printed said = printed_by_program(std::string("bench-collectives ") + options);
    EXPECT_EQ(said.code, 2) << said.out;
    EXPECT_TRUE(contains(said.out, expected)) << said.out;
  }
}

TEST(Validate, IsACommandWithExitCodes) {
  EXPECT_EQ(printed_by_program("validate scenarios/pipeline.yaml").code, 0);
  EXPECT_EQ(printed_by_program("validate tests/golden/bad/zero-workers.yaml").code, 2);
  EXPECT_EQ(printed_by_program("validate").code, 2) << "no file was named";
}

}  // namespace
}  // namespace tandem
