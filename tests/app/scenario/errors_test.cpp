// Every tests/golden/bad/NAME.yaml has a mistake, and NAME.txt is the text that is shown for it. Lines `# -s key=value`
// of a scenario are given as overrides; a scenario that loads must fail when its run is prepared.
//
// A text tests one thing. Where a list of what is allowed is not that thing, the text has `allowed: ...` in its place,
// so that a new key or strategy changes no text; the list must still have what is suggested.
//
// To write the texts anew after a change, and then to read the difference: scenario_errors_test --regenerate
#include "core/errors.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "algorithms/strategies/strategy.h"
#include "app/run/prepare.h"
#include "app/scenario/loader.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TANDEM_SOURCE_DIR;
constexpr const char* kFolder = "tests/golden/bad";

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> names_of_bad_scenarios() {
  std::vector<std::string> names;
  for (const auto& file : fs::directory_iterator(kRoot / kFolder)) {
    if (file.path().extension() == ".yaml") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> overrides_in(const std::string& text) {
  const std::string mark = "# -s ";
  std::vector<std::string> overrides;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(mark)) overrides.push_back(line.substr(mark.size()));
  }
  return overrides;
}

std::string without_root(std::string text) {
  const std::string root = kRoot.string() + "/";
  for (std::size_t at = text.find(root); at != std::string::npos; at = text.find(root)) text.erase(at, root.size());
  return text;
}

/// What is shown for this scenario; empty when nothing is wrong.
std::string error_text(const std::string& name) {
  fs::current_path(kRoot);
  const std::string path = std::string(kFolder) + "/" + name + ".yaml";
  try {
    prepare(load_plan(path, overrides_in(contents(path))));
  } catch (const UsageError& error) {
    return without_root(error.what()) + "\n";
  }
  return {};
}

const std::string kAllowed = "  allowed: ";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// Whether a golden line with `...` in it, which stands for any list, is this line.
bool is_like(const std::string& golden, const std::string& line) {
  const std::size_t dots = golden.find("...");
  if (dots == std::string::npos) return golden == line;
  const std::string begin = golden.substr(0, dots), end = golden.substr(dots + 3);
  return line.size() > begin.size() + end.size() && line.starts_with(begin) && line.ends_with(end);
}

/// The text with its lists shortened where `golden` has them so, line by line.
std::string shortened_like(const std::string& golden, const std::string& text) {
  const std::vector<std::string> wanted = lines_of(golden), lines = lines_of(text);
  std::string result;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    result += (i < wanted.size() && is_like(wanted[i], lines[i]) ? wanted[i] : lines[i]) + "\n";
  }
  return result;
}

/// The suggestions of the text that the list on the next line does not have.
std::vector<std::string> suggestions_that_are_not_allowed(const std::string& text) {
  const std::string mark = "  did you mean \"";
  std::vector<std::string> wrong;
  const std::vector<std::string> lines = lines_of(text);
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    if (!lines[i].starts_with(mark) || !lines[i + 1].starts_with(kAllowed)) continue;
    const std::string name = lines[i].substr(mark.size(), lines[i].size() - mark.size() - 2);
    const std::string list = ", " + lines[i + 1].substr(kAllowed.size()) + ", ";
    if (list.find(", " + name + ", ") == std::string::npos && list.find("such as") == std::string::npos)
      wrong.push_back(lines[i] + lines[i + 1]);
  }
  return wrong;
}

class BadScenario : public testing::TestWithParam<std::string> {};

TEST_P(BadScenario, IsExplained) {
  const std::string text = error_text(GetParam()), golden = contents(kRoot / kFolder / (GetParam() + ".txt"));
  EXPECT_EQ(shortened_like(golden, text), golden);
  EXPECT_FALSE(text.empty());
  EXPECT_THAT(suggestions_that_are_not_allowed(text), testing::IsEmpty());
}

TEST(BadScenarios, ListsAreShortenedOnlyWhereTheirTextIsSo) {
  EXPECT_EQ(shortened_like("x\n  allowed: ...\n", "x\n  allowed: a, b\n"), "x\n  allowed: ...\n");
  EXPECT_EQ(shortened_like("x\n  allowed: a\n", "x\n  allowed: a, b\n"), "x\n  allowed: a, b\n");
  EXPECT_EQ(shortened_like("x\n  allowed: ...\n", "x\n"), "x\n") << "a list that is missing is missed";
  EXPECT_THAT(suggestions_that_are_not_allowed("  did you mean \"ab\"?\n  allowed: abc, d\n"), testing::SizeIs(1));
}

TEST(BadScenarios, NameEveryStrategyThatThereIs) {
  std::string list = "  allowed: ";
  for (const Strategy& strategy : all_strategies())
    list += fmt::format("{}{}", list.back() == ' ' ? "" : ", ", strategy.name);
  EXPECT_THAT(error_text("unknown-strategy"), testing::HasSubstr(list + "\n"));
}

INSTANTIATE_TEST_SUITE_P(Golden, BadScenario, testing::ValuesIn(names_of_bad_scenarios()), [](const auto& bad) {
  std::string name = bad.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

std::string load_error(const std::string& path) {
  try {
    load_plan(path);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return "no error";
}

TEST(ScenarioFile, ThatIsMissingOrNoFileIsNamed) {
  fs::current_path(kRoot);
  EXPECT_EQ(load_error("scenarios/none.yaml"), "scenarios/none.yaml: error: there is no such file");
  EXPECT_EQ(load_error("scenarios"), "scenarios: error: this is a folder; name a scenario file in it");
}

TEST(ScenarioFile, ThatIsNoTextIsRefused) {
  EXPECT_THROW(
      {
        try {
          parse_plan(std::string_view("tandem: 1\n\0name", 15), "x.yaml");
        } catch (const ScenarioError& error) {
          EXPECT_STREQ(error.what(), "x.yaml: error: not a text file; YAML is expected");
          throw;
        }
      },
      ScenarioError);
}

TEST(ScenarioFile, WithDeepNestingOrMultiplyingAliasesEndsSoon) {
  EXPECT_THROW(parse_plan("a: " + std::string(100000, '['), "deep.yaml"), ScenarioError);
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int copy = 1; copy < 10; ++copy) text += ", " + last;
    text += "]\n";
  }
  EXPECT_THROW(parse_plan(text, "aliases.yaml"), ScenarioError);
}

TEST(ScenarioFile, CountsAllMistakesAndShowsTwenty) {
  try {
    std::string text;
    for (int i = 0; i < 23; ++i) text += "key" + std::to_string(i) + ": 1\n";
    parse_plan(text, "x.yaml");
    FAIL() << "23 unknown keys were taken";
  } catch (const ScenarioError& error) {
    EXPECT_EQ(error.count(), 23u + 4u) << "and tandem, name, question and workload are missing";
    const std::string shown = error.what();
    std::size_t errors = 0;
    for (std::size_t at = shown.find(": error: "); at != std::string::npos; at = shown.find(": error: ", at + 1))
      ++errors;
    EXPECT_EQ(errors, 20u);
    EXPECT_TRUE(shown.ends_with("and 7 more")) << shown;
  }
}

void regenerate() {
  for (const std::string& name : names_of_bad_scenarios()) {
    const fs::path file = kRoot / kFolder / (name + ".txt");
    const std::string text = shortened_like(contents(file), error_text(name));
    std::ofstream(file, std::ios::binary) << text;
  }
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1 && std::strcmp(argv[1], "--regenerate") == 0) {
    tandem::regenerate();
    return 0;
  }
  return RUN_ALL_TESTS();
}
