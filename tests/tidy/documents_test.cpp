// What every algorithm says about itself, in its file and in docs/algorithms.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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
  for (const Schedule& schedule : all_schedules()) {
    if (!has_row(text, schedule.name)) findings.push_back({kAlgorithms, 0, fmt::format("no row `{}`", schedule.name)});
  }
  expect_none("rows of docs/algorithms.md", findings);
}

TEST(Documents, TheReadmesExampleIsTheFileThatIsBuilt) {
  const std::string file = text_of("algorithms/exchanges/local_sgd.cpp");
  EXPECT_NE(text_of("README.md").find("```cpp\n" + file + "```"), std::string::npos);
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
  EXPECT_GE(algorithms, 1U) << "no registry rows are recognised";
  expect_none("cost of algorithms", findings);
}

}  // namespace
}  // namespace tandem::tidy
