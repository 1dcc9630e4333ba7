// What code and comments do not say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "tests/tidy/findings.h"
#include "tests/tidy/sources.h"

namespace tandem::tidy {
namespace {

bool is_of_a_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Whether `word` stands in the line, and is not a part of a longer one.
bool has_word(const std::string& line, const std::string& word) {
  for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const bool begins = at == 0 || !is_of_a_word(line[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end >= line.size() || !is_of_a_word(word.back()) || !is_of_a_word(line[end]))) return true;
  }
  return false;
}

bool is_tidy_itself(const SourceFile& file) { return file.is_under("tests/tidy/"); }

void expect_no_code(const std::string& habit, const std::string& word, const std::string& only_in = "") {
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    if (is_tidy_itself(file) || (!only_in.empty() && file.is_under(only_in))) continue;
    for (std::size_t i = 0; i < file.bare.size(); ++i) {
      if (has_word(file.bare[i], word)) findings.push_back({file.path, i + 1, word + " stands here"});
    }
  }
  expect_none(habit, findings);
}

// Worlds have traits (core/world.h) for what the program must know of them.
TEST(Words, NobodyAsksWhetherAWorldIsSimulated) { expect_no_code("no is_simulated()", "is_simulated("); }

TEST(Words, NoThreadLocal) { expect_no_code("no thread_local", "thread_local"); }

TEST(Words, NoCatchAll) { expect_no_code("no catch (...)", "catch (...)"); }

TEST(Words, EnvironmentVariablesAreReadInAppOnly) { expect_no_code("getenv in app only", "getenv", "app/"); }

// Tests and benchmarks may count bytes by themselves: they check what the program says.
TEST(Words, TheSizeOfAnElementIsKnownInOnePlace) {
  std::vector<Finding> findings;
  for (const char* folder : {"core/", "algorithms/", "sim/", "real/", "app/"}) {
    for (const SourceFile* file : sources_under(folder)) {
      if (file->path == "core/slice.h") continue;
      for (std::size_t i = 0; i < file->bare.size(); ++i) {
        if (has_word(file->bare[i], "sizeof(float)")) findings.push_back({file->path, i + 1, "sizeof(float)"});
      }
    }
  }
  expect_none("sizeof(float) in core/slice.h only", findings);
}

/// A `static` variable, of a file, a function or a type, that is not constant. A function has a parenthesis first.
bool is_mutable_static(const std::string& line) {
  const std::size_t at = line.find("static ");
  if (at == std::string::npos || line.find_first_not_of(' ') != at) return false;
  if (has_word(line, "const") || has_word(line, "constexpr") || has_word(line, "static_assert")) return false;
  const std::size_t end = line.find_first_of("(;={", at);
  return end != std::string::npos && line[end] != '(';
}

TEST(Words, NoMutableStatics) {
  EXPECT_TRUE(is_mutable_static("  static int count = 0;"));
  EXPECT_TRUE(is_mutable_static("static std::mutex mutex;"));
  EXPECT_FALSE(is_mutable_static("  static const int kCount = 0;"));
  EXPECT_FALSE(is_mutable_static("static int count() { return 0; }"));
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    if (file.is_under("tests/")) continue;
    for (std::size_t i = 0; i < file.bare.size(); ++i) {
      if (is_mutable_static(file.bare[i])) findings.push_back({file.path, i + 1, "a static variable that changes"});
    }
  }
  expect_none("no mutable statics", findings);
}

/// `== "name"`, `!= "name"`, or the name on the left.
bool compares_with(const std::string& code, const std::string& name) {
  const std::string quoted = "\"" + name + "\"";
  for (const char* operation : {"== ", "!= "}) {
    if (code.find(operation + quoted) != std::string::npos) return true;
  }
  return code.find(quoted + " ==") != std::string::npos || code.find(quoted + " !=") != std::string::npos;
}

std::vector<Finding> comparisons(const std::vector<std::string>& names, const std::vector<std::string>& own_folders) {
  std::vector<Finding> findings;
  for (const char* folder : {"core/", "algorithms/", "sim/", "real/", "app/"}) {
    for (const SourceFile* file : sources_under(folder)) {
      if (std::any_of(own_folders.begin(), own_folders.end(), [&](auto& own) { return file->is_under(own); })) continue;
      for (std::size_t i = 0; i < file->code.size(); ++i) {
        for (const std::string& name : names) {
          if (compares_with(file->code[i], name)) findings.push_back({file->path, i + 1, "asks for \"" + name + "\""});
        }
      }
    }
  }
  return findings;
}

TEST(Words, NobodyAsksForStrategiesByName) {
  std::vector<std::string> names;
  for (const Strategy& strategy : all_strategies()) names.emplace_back(strategy.name);
  ASSERT_GE(names.size(), 5U);
  expect_none("no names of strategies", comparisons(names, {"algorithms/strategies/", "algorithms/exchanges/"}));
}

TEST(Words, NobodyAsksForWorldsByName) {
  std::vector<std::string> names = {"sim"};
  for (const auto& entry : std::filesystem::directory_iterator(std::string(TANDEM_SOURCE_DIR) + "/real")) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  ASSERT_GE(names.size(), 4U);
  expect_none("no names of worlds", comparisons(names, {"sim/", "real/"}));
}

TEST(Words, NothingIsLeftToDo) {
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    if (is_tidy_itself(file)) continue;
    for (std::size_t i = 0; i < file.text.size(); ++i) {
      for (const char* word : {"TODO", "FIXME", "XXX"}) {
        if (has_word(file.text[i], word)) findings.push_back({file.path, i + 1, word});
      }
    }
  }
  expect_none("nothing to do", findings);
}

// The English that readers stumble over. A comment has a subject; what is counted is counted "per" something.

/// A sentence that begins with "Of".
bool begins_with_of(const std::string& line) {
  return line.starts_with("Of ") || line.find(". Of ") != std::string::npos || line.find(": Of ") != std::string::npos;
}

/// "bytes a rank" for "bytes per rank". Of the things that are counted, those that a verb never follows.
bool has_a_for_per(const std::string& line) {
  if (line.find(" a ") == std::string::npos) return false;
  for (const char* counted :
       {"messages", "message", "bytes", "values", "flops", "samples", "seconds", "rows", "tokens"}) {
    for (const char* unit :
         {"rank", "worker", "server", "step", "message", "second", "sample", "row", "round", "layer"}) {
      if (has_word(line, fmt::format("{} a {}", counted, unit))) return true;
    }
  }
  return false;
}

TEST(Words, EnglishIsHeardAsMeant) {
  EXPECT_TRUE(begins_with_of("Of a rank that has ended nothing comes."));
  EXPECT_TRUE(has_a_for_per("messages a rank: 2 (n-1)"));
  EXPECT_FALSE(has_a_for_per("it sends bytes per rank; messages arrive"));
}

template <class Check>
std::vector<Finding> said_in_sources(const Check& check, const std::string& what) {
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    if (is_tidy_itself(file)) continue;
    for (std::size_t i = 0; i < file.text.size(); ++i) {
      if (check(file, i)) findings.push_back({file.path, i + 1, what});
    }
  }
  return findings;
}

template <class Check>
void add_documents(std::vector<Finding>& findings, const Check& check, const std::string& what) {
  std::vector<std::string> paths = files_below("docs", ".md");
  for (const char* path : {"README.md", "CONTRIBUTING.md", "results/README.md"}) paths.emplace_back(path);
  for (const std::string& path : paths) {
    const std::vector<std::string> lines = lines_of(text_of(path));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (check(lines[i])) findings.push_back({path, i + 1, what});
    }
  }
}

TEST(Words, NoSentenceBeginsWithOf) {
  const std::string what = "a sentence that begins with \"Of\"";
  std::vector<Finding> findings =
      said_in_sources([](const SourceFile& file, std::size_t i) { return begins_with_of(file.comments[i]); }, what);
  add_documents(findings, begins_with_of, what);
  expect_none("no sentence begins with Of", findings);
}

/// A comment that opens with "of", as if the name beside it were its beginning. Lines that go on with a sentence may.
bool opens_with_of(const SourceFile& file, std::size_t i) {
  const std::string& comment = file.comments[i];
  const std::size_t first = comment.find_first_not_of(" /!<");
  if (first == std::string::npos || comment.compare(first, 3, "of ") != 0) return false;
  const bool has_code = file.code[i].find_first_not_of(' ') != std::string::npos;
  return has_code || i == 0 || file.comments[i - 1].empty();
}

TEST(Words, NoCommentOpensWithOf) {
  const SourceFile file = split("x.cpp", "int a;  ///< of the rank\n// The number\n// of ranks.\n");
  EXPECT_TRUE(opens_with_of(file, 0));
  EXPECT_FALSE(opens_with_of(file, 2));
  expect_none("no comment opens with of", said_in_sources(opens_with_of, "a comment that opens with \"of\""));
}

TEST(Words, WhatIsCountedIsCountedPer) {
  const std::string what = "\"a\" where \"per\" is meant";
  std::vector<Finding> findings = said_in_sources(
      [](const SourceFile& file, std::size_t i) {
        return has_a_for_per(file.comments[i]) || (has_a_for_per(file.code[i]) && !file.is_under("tests/"));
      },
      what);
  add_documents(findings, has_a_for_per, what);
  expect_none("per, not a", findings);
}

}  // namespace
}  // namespace tandem::tidy
