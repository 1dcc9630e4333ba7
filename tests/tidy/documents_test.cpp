// What every algorithm says about itself, in its file and in docs/algorithms.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cctype>
#include <filesystem>
#include <string>
#include <vector>

#include "algorithms/codecs/codec.h"
#include "algorithms/collectives/collective.h"
#include "algorithms/schedules/schedule.h"
#include "algorithms/strategies/strategy.h"
#include "tests/tidy/findings.h"
#include "tests/tidy/sources.h"

namespace tandem::tidy {
namespace {

constexpr const char* kAlgorithms = "docs/algorithms.md";

/// Whether a table of the text has a row that begins with the name.
bool has_row(const std::string& text, std::string_view name) {
  return text.find(fmt::format("\n| `{}`", name)) != std::string::npos;
}

TEST(Documents, HaveARowForEveryRowOfTheRegistries) {
  const std::string text = text_of(kAlgorithms);
  std::vector<Finding> findings;
  for (const Strategy& strategy : all_strategies()) {
    if (!has_row(text, strategy.name)) findings.push_back({kAlgorithms, 0, fmt::format("no row `{}`", strategy.name)});
  }
  for (const Collective& collective : all_collectives()) {
    if (!has_row(text, collective.name)) {
      findings.push_back({kAlgorithms, 0, fmt::format("no row `{}`", collective.name)});
    }
  }
  for (const Codec& codec : all_codecs()) {
    if (!has_row(text, codec.name)) findings.push_back({kAlgorithms, 0, fmt::format("no row `{}`", codec.name)});
  }
  for (const Schedule& schedule : all_schedules()) {
    if (!has_row(text, schedule.name)) findings.push_back({kAlgorithms, 0, fmt::format("no row `{}`", schedule.name)});
  }
  expect_none("rows of docs/algorithms.md", findings);
}

// A finding is a script with a comment that says what happens; the table is how readers find it.
TEST(Documents, HaveARowForEveryFinding) {
  const std::string table = text_of("findings/README.md");
  const std::vector<std::string> scripts = files_below("findings", ".sh");
  EXPECT_GE(scripts.size(), 4U);
  for (const std::string& path : scripts) {
    const std::string name = path.substr(path.rfind('/') + 1);
    EXPECT_NE(table.find(fmt::format("\n| [{0}]({0}) | ", name)), std::string::npos) << "no row for " << path;
    EXPECT_TRUE(text_of(path).starts_with("#!/usr/bin/env bash\n# ")) << path << " does not say what it shows";
  }
}

TEST(Documents, TheExampleOfAnIdeaIsTheFileThatIsBuilt) {
  const std::string file = text_of("algorithms/exchanges/local_sgd.cpp");
  EXPECT_NE(text_of("docs/adding-ideas.md").find("```cpp\n" + file + "```"), std::string::npos);
}

/// The comment that a file begins with, in lower case.
std::string header_of(const SourceFile& file) {
  std::string header;
  for (std::size_t i = 0; i < file.text.size() && file.text[i].starts_with("//"); ++i)
    header += file.comments[i] + "\n";
  for (char& c : header) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return header;
}

/// A file that defines a row of a registry: cmake/registry.cmake takes those without a header of their own.
bool makes_a_row(const SourceFile& file) {
  const std::string header = file.path.substr(0, file.path.rfind('.')) + ".h";
  return file.path.ends_with(".cpp") && sources_under(header).empty();
}

// A reader who compares algorithms looks for what each costs: messages, bytes, steps of latency, memory.
TEST(Documents, EveryAlgorithmStatesItsCost) {
  std::vector<Finding> findings;
  std::size_t algorithms = 0;
  for (const char* folder : {"collectives/", "exchanges/", "schedules/", "codecs/", "strategies/"}) {
    for (const SourceFile* file : sources_under(std::string("algorithms/") + folder)) {
      if (!makes_a_row(*file)) continue;
      ++algorithms;
      if (header_of(*file).find("cost") == std::string::npos) {
        findings.push_back({file->path, 1, "the header comment states no cost"});
      }
    }
  }
  EXPECT_GE(algorithms, 5U) << "no registry rows are recognised";
  expect_none("cost of algorithms", findings);
}

/// The files that a line of a document speaks of as `folder/name.ending` in the program's own folders.
std::vector<std::string> files_named_in(const std::string& line) {
  std::vector<std::string> names;
  const auto is_of_a_path = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' || c == '.';
  };
  for (const char* folder : {"core/", "algorithms/", "sim/", "real/", "app/", "tests/", "bench/", "cmake/"}) {
    for (std::size_t at = line.find(folder); at != std::string::npos; at = line.find(folder, at + 1)) {
      if (at > 0 && is_of_a_path(line[at - 1])) continue;
      std::size_t end = at;
      while (end < line.size() && is_of_a_path(line[end])) ++end;
      const std::string name = line.substr(at, end - at);
      for (const char* ending : {".cpp", ".h", ".cmake", ".yaml", ".txt"}) {
        if (name.ends_with(ending)) names.push_back(name);
      }
    }
  }
  return names;
}

/// What the links of a line lead to, without anchors; links out of the repository are left out.
std::vector<std::string> links_in(const std::string& line) {
  std::vector<std::string> targets;
  for (std::size_t at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
    const std::size_t begin = at + 2, end = line.find_first_of(")#", begin);
    const std::string target = line.substr(begin, end == std::string::npos ? end : end - begin);
    if (!target.empty() && target.find(':') == std::string::npos) targets.push_back(target);
  }
  return targets;
}

TEST(Documents, NameFilesThatExist) {
  EXPECT_EQ(files_named_in("see `core/comm.h` and (app/x/none.cpp), not tests/or xcore/a.h"),
            (std::vector<std::string>{"core/comm.h", "app/x/none.cpp"}));
  EXPECT_EQ(links_in("[a](b/c.md#d), [e](#f) and [g](https://h)"), (std::vector<std::string>{"b/c.md"}));

  namespace fs = std::filesystem;
  const fs::path root = TANDEM_SOURCE_DIR;
  std::vector<std::string> documents = files_below("docs", ".md");
  for (const char* path : {"README.md", "CONTRIBUTING.md", "findings/README.md"}) documents.emplace_back(path);
  std::vector<Finding> findings;
  for (const std::string& document : documents) {
    const std::vector<std::string> lines = lines_of(text_of(document));
    bool is_code = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].starts_with("```")) is_code = !is_code;
      for (const std::string& name : files_named_in(lines[i])) {
        if (name.find("NAME") != std::string::npos || name.ends_with("/local_sgd.cpp")) continue;  // what a reader adds
        if (!fs::exists(root / name)) findings.push_back({document, i + 1, "there is no file " + name});
      }
      if (is_code) continue;  // a lambda looks like a link
      for (const std::string& target : links_in(lines[i])) {
        if (fs::exists((root / document).parent_path() / target)) continue;
        findings.push_back({document, i + 1, "the link leads nowhere: " + target});
      }
    }
  }
  expect_none("documents name files that exist", findings);
}

}  // namespace
}  // namespace tandem::tidy
