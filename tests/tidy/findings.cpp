#include "tests/tidy/findings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/tidy/sources.h"

namespace tandem::tidy {
namespace {

constexpr const char* kAllowances = "tests/tidy/allowances.txt";

/// The reason by the file, of one habit.
std::map<std::string, std::string> allowances(const std::string& habit) {
  std::map<std::string, std::string> reasons;
  for (const std::string& line : lines_of(text_of(kAllowances))) {
    if (!line.starts_with(habit + " | ")) continue;
    const std::string rest = line.substr(habit.size() + 3);
    const std::size_t bar = rest.find(" | ");
    EXPECT_NE(bar, std::string::npos) << kAllowances << ": no reason in: " << line;
    if (bar != std::string::npos) reasons[rest.substr(0, bar)] = rest.substr(bar + 3);
  }
  return reasons;
}

}  // namespace

void expect_none(const std::string& habit, const std::vector<Finding>& findings) {
  const std::map<std::string, std::string> allowed = allowances(habit);
  std::map<std::string, int> passed_over;
  for (const Finding& finding : findings) {
    const std::string entry = allowed.contains(finding.path) ? finding.path : "*";
    if (allowed.contains(entry)) {
      ++passed_over[entry];
    } else {
      ADD_FAILURE() << fmt::format("{}:{}: {}", finding.path, finding.line, finding.what);
    }
  }
  for (const auto& [path, reason] : allowed) {
    if (!passed_over.contains(path)) {
      ADD_FAILURE() << fmt::format("{}: \"{} | {}\" is no longer needed: remove the line", kAllowances, habit, path);
      continue;
    }
    fmt::print("allowed for now: {} in {} ({} times): {}\n", habit, path, passed_over[path], reason);
  }
}

}  // namespace tandem::tidy
