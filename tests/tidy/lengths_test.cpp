// A file that one reads in one sitting, a function that one sees at once.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/tidy/findings.h"
#include "tests/tidy/sources.h"

namespace tandem::tidy {
namespace {

constexpr std::size_t kFileLines = 400, kFunctionLines = 70, kAlgorithmLines = 150;

TEST(Lengths, FilesHaveAtMost400Lines) {
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    if (file.text.size() > kFileLines) findings.push_back({file.path, 0, fmt::format("{} lines", file.text.size())});
  }
  expect_none("length of files", findings);
}

TEST(Lengths, AlgorithmsHaveAtMost150Lines) {
  std::vector<Finding> findings;
  for (const char* folder : {"collectives/", "exchanges/", "schedules/", "codecs/", "strategies/"}) {
    for (const SourceFile* file : sources_under(std::string("algorithms/") + folder)) {
      const std::size_t lines = file->text.size();
      if (lines > kAlgorithmLines) findings.push_back({file->path, 0, fmt::format("{} lines", lines)});
    }
  }
  expect_none("length of algorithms", findings);
}

std::size_t indent_of(const std::string& line) { return line.find_first_not_of(' '); }

/// A head ends with a brace, and is neither a type's, nor a namespace's, nor a lambda's, nor that of a list of values.
bool ends_head(const std::string& line) {
  const std::size_t indent = indent_of(line);
  if (indent == std::string::npos || !line.ends_with(" {")) return false;
  for (const char* other : {"namespace ", "struct ", "class ", "enum ", "union ", "extern ", "}"}) {
    if (line.compare(indent, std::string(other).size(), other) == 0) return false;
  }
  const bool is_lambda = line.find("](") != std::string::npos && line.find("operator[](") == std::string::npos;
  return !is_lambda && (line.find('=') == std::string::npos || line.find(") {") != std::string::npos);
}

bool goes_on(const std::string& line) { return line.ends_with(',') || line.ends_with('('); }

/// clang-format puts a body's end under the beginning of its head. Functions inside functions are parts of those.
std::vector<Finding> long_functions(const SourceFile& file) {
  constexpr std::size_t kDeepest = 4;  // a member of a type inside a type
  std::vector<std::string> lines = file.bare;
  for (std::string& line : lines) line.resize(line.find_last_not_of(' ') + 1);
  std::vector<Finding> findings;
  for (std::size_t begin = 0; begin < lines.size(); ++begin) {
    if (!ends_head(lines[begin])) continue;
    std::size_t first = begin;
    const auto is_middle = [&](std::size_t at) {
      return goes_on(lines[at - 1]) || lines[at].starts_with(std::string(indent_of(lines[at]), ' ') + ": ");
    };
    while (first > 0 && is_middle(first)) --first;
    const std::size_t indent = indent_of(lines[first]);
    if (indent > kDeepest) continue;
    std::size_t end = begin + 1;
    while (end < lines.size() && (indent_of(lines[end]) != indent || lines[end][indent] != '}')) ++end;
    const std::size_t length = end - first + 1;
    if (length > kFunctionLines) {
      findings.push_back({file.path, first + 1, fmt::format("{} lines in a function", length)});
    }
  }
  return findings;
}

TEST(Lengths, FunctionsHaveAtMost70Lines) {
  std::vector<Finding> findings;
  for (const SourceFile& file : sources()) {
    for (Finding& finding : long_functions(file)) findings.push_back(std::move(finding));
  }
  expect_none("length of functions", findings);
}

TEST(Lengths, OfFunctionsAreCounted) {
  const auto function_of = [](std::size_t count) {
    std::string text = "namespace x {\nstruct A {\n  int f(int a,\n        int b) const {\n";
    for (std::size_t i = 3; i < count; ++i) text += "    ++a;\n";
    return split("x.cpp", text + "  }\n};\n}\n");
  };
  EXPECT_TRUE(long_functions(function_of(kFunctionLines)).empty());
  ASSERT_EQ(long_functions(function_of(kFunctionLines + 1)).size(), 1U);
  EXPECT_EQ(long_functions(function_of(kFunctionLines + 1))[0].what, "71 lines in a function");
}

}  // namespace
}  // namespace tandem::tidy
