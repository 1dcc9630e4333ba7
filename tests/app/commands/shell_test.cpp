// What a terminal shows of the command line: examples, the manual page, completion.
#include "app/commands/shell.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <set>
#include <sstream>

#include "app/commands/bench_collectives.h"
#include "app/commands/calibrate.h"
#include "app/commands/compare.h"
#include "app/commands/explain.h"
#include "app/commands/export.h"
#include "app/commands/import.h"
#include "app/commands/join.h"
#include "app/commands/lab.h"
#include "app/commands/list.h"
#include "app/commands/outline.h"
#include "app/commands/report.h"
#include "app/commands/run.h"
#include "app/commands/serve.h"
#include "app/commands/shard.h"
#include "app/commands/sweep.h"
#include "app/commands/validate.h"
#include "core/process/program.h"
#include "tests/app/run/program.h"

namespace tandem {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// The command line as the program has it, and what it fills.
struct CommandLine {
  CommandLine() {
    add_run(app, run);
    add_join(app, join);
    add_sweep(app, sweep);
    add_gather(app, gather);
    add_report(app, report);
    add_validate(app, validate);
    add_explain(app, explain);
    add_compare(app, compare);
    add_calibrate(app, calibrate);
    add_import(app, import);
    add_export(app, exported);
    add_list(app, list);
    add_bench_collectives(app, bench);
    add_lab(app, lab);
    add_serve(app, serve);
    add_completion(app, completion);
    add_man(app);
    app.add_subcommand("doctor");
    add_examples(app);
  }

  CLI::App app;
  RunOptions run;
  JoinOptions join;
  SweepOptions sweep;
  GatherOptions gather;
  ReportOptions report;
  ValidateOptions validate;
  ExplainOptions explain;
  CompareOptions compare;
  CalibrateOptions calibrate;
  ImportOptions import;
  ExportOptions exported;
  ListOptions list;
  BenchCollectivesOptions bench;
  LabOptions lab;
  ServerOptions serve;
  CompletionOptions completion;
};

std::vector<CommandOutline> all_commands() { return outline_of(CommandLine().app); }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

TEST(Help, HasExamplesForEveryCommandAndTheyAreRight) {
  std::filesystem::current_path(TANDEM_SOURCE_DIR);
  std::size_t examples = 0;
  for (const CommandOutline& command : all_commands()) {
    if (command.name.empty() || !command.subcommands.empty() || command.name == "lab list") continue;
    EXPECT_FALSE(command.examples.empty()) << command.name;
    for (const std::string& example : command.examples) {
      // What a shell does with the output is not the program's.
      const std::size_t begin = example.find("tandem"), end = example.find_first_of("|>)", begin);
      std::vector<std::string> words = words_of(example.substr(begin, end == std::string::npos ? end : end - begin));
      ASSERT_GE(words.size(), 2u) << example;
      EXPECT_TRUE(example.substr(begin).starts_with("tandem " + command.name)) << example;
      words.erase(words.begin());
      for (const std::string& word : words) {
        if (word.starts_with("scenarios/")) {
          EXPECT_TRUE(std::filesystem::exists(word)) << example;
        }
      }
      std::reverse(words.begin(), words.end());
      EXPECT_NO_THROW(CommandLine().app.parse(words)) << example;
      ++examples;
    }
  }
  EXPECT_GE(examples, 15u);
}

TEST(Help, ListsTheCommandsThatAreTestedHere) {
  const TemporaryFolder folder;
  const std::string help = run_program(folder, std::vector<std::string>{"--help"}).out;
  std::istringstream lines(help.substr(help.find("Subcommands:\n") + 13));
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> words = words_of(line);
    // A description that is long goes on in lines that begin further to the right.
    if (words.empty() || line.starts_with("   ")) continue;
    EXPECT_TRUE(std::ranges::any_of(all_commands(), [&](const auto& one) { return one.name == words[0]; })) << words[0];
  }
}

TEST(Help, ShowsThem) {
  const TemporaryFolder folder;
  const Ended ended = run_program(folder, std::vector<std::string>{"run", "--help"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("Examples:\n  tandem run scenarios/quickstart.yaml\n"));
}

TEST(Help, SaysNothingTwice) {
  const TemporaryFolder folder;
  for (const CommandOutline& command : all_commands()) {
    std::vector<std::string> arguments = words_of(command.name);
    arguments.emplace_back("--help");
    const std::string help = run_program(folder, arguments).out;
    std::set<std::string> seen;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) {
      // A long name of an option stands alone in its line.
      if (words_of(line).size() < 3) continue;
      EXPECT_TRUE(seen.insert(line).second) << command.name << ": " << line;
    }
  }
}

TEST(Options, ThatAreNumbersAreNoNan) {
  const TemporaryFolder folder;
  for (const char* arguments : {"calibrate --time nan", "compare none.yaml --tolerance nan", "join none --wait nan"}) {
    const Ended ended = run_program(folder, words_of(arguments));
    EXPECT_EQ(ended.code, 2) << arguments;
    EXPECT_THAT(ended.err, HasSubstr("nan is no number")) << arguments;
  }
}

TEST(Man, HasEveryCommandAndOption) {
  const TemporaryFolder folder;
  const Ended ended = run_program(folder, std::vector<std::string>{"man"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.out.starts_with(".TH TANDEM 1\n"));
  for (const CommandOutline& command : all_commands()) {
    std::string name = "tandem " + command.name;
    for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 2)) name.insert(at, "\\");
    if (command.name.empty()) continue;
    EXPECT_THAT(ended.out, HasSubstr(".SS \"" + name + "\"\n"));
  }
  EXPECT_THAT(ended.out, HasSubstr("\\fB\\-w, \\-\\-world\\fR \\fIvalue\\fR\n"));
  EXPECT_EQ(ended.out.find("tandem rank"), std::string::npos) << "a command that nobody types";
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);) EXPECT_FALSE(line.starts_with('\'')) << "no request: " << line;
}

/// What bash offers for the last of these words.
std::vector<std::string> bash_offers(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += fmt::format(" '{}'", word);
  const ProgramResult result = run_program(
      std::vector<std::string>{"bash", "-c",
                               fmt::format("source <({} completion bash); COMP_WORDS=({}); COMP_CWORD={}; _tandem; "
                                           "printf '%s\\n' \"${{COMPREPLY[@]}}\"",
                                           TANDEM_PROGRAM, line, words.size() - 1)},
      ProgramOptions{});
  EXPECT_EQ(result.errors, "");
  return words_of(result.output);
}

TEST(Completion, InBashOffersWhatFits) {
  EXPECT_THAT(bash_offers({"tandem", "va"}), UnorderedElementsAre("validate"));
  EXPECT_THAT(bash_offers({"tandem", "run", "file.yaml", "--wor"}), UnorderedElementsAre("--world", "--workers"));
  EXPECT_THAT(bash_offers({"tandem", "run", "file.yaml", "-w", "th"}), UnorderedElementsAre("threads"));
  EXPECT_THAT(bash_offers({"tandem", "list", "st"}), UnorderedElementsAre("strategies"));
  EXPECT_THAT(bash_offers({"tandem", "lab", ""}), testing::IsSupersetOf({"new", "check", "list"}));
  EXPECT_THAT(bash_offers({"tandem", "lab", "new", "ri"}), UnorderedElementsAre("ring"));
  EXPECT_THAT(bash_offers({"tandem", "lab", "check", "--s"}), UnorderedElementsAre("--seed"));
  EXPECT_THAT(bash_offers({"tandem", "completion", ""}), testing::IsSupersetOf({"bash", "zsh"}));
  EXPECT_THAT(bash_offers({"tandem", "run", "scen"}), testing::IsEmpty()) << "bash then offers files";
}

TEST(Completion, InZshHasEveryCommandWithItsOptions) {
  const TemporaryFolder folder;
  const Ended ended = run_program(folder, std::vector<std::string>{"completion", "zsh"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(ended.out.starts_with("#compdef tandem\n"));
  for (const CommandOutline& command : all_commands()) {
    if (command.name.empty()) continue;
    EXPECT_THAT(ended.out, HasSubstr(fmt::format("    '{}')\n", command.name)));
    for (const OptionOutline& option : command.options) {
      if (option.is_positional || !command.subcommands.empty()) continue;
      EXPECT_THAT(ended.out, HasSubstr("'*" + option.names.back() + "["));
    }
  }
  EXPECT_EQ(std::count(ended.out.begin(), ended.out.end(), '\'') % 2, 0) << "quotations end";
}

TEST(Completion, OfAnotherShellIsRefused) {
  const TemporaryFolder folder;
  EXPECT_EQ(run_program(folder, std::vector<std::string>{"completion", "fish"}).code, 2);
}

}  // namespace
}  // namespace tandem
