// The commands that README.md and docs/ show, and their outputs. A document's ```console block is a command behind "$ "
// and its output, in which "..." stands for any text, or alone on a line for any lines. A ```yaml block with a file's
// name is a file that commands of any document may read. A command with "&" at its end runs while those behind it do:
// as they may need it to have come so far, they are tried again while it runs.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "tests/app/run/program.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

const fs::path kRoot = TANDEM_SOURCE_DIR;

/// A block between two lines of ```, with the words behind the first.
struct Block {
  std::size_t line = 0;
  std::string kind;
  Lines lines;
};

Lines lines_of_file(const fs::path& path) {
  std::ifstream file(path);
  Lines lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::vector<Block> blocks_of(const Lines& document) {
  std::vector<Block> blocks;
  bool is_inside = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    if (document[i].starts_with("```")) {
      is_inside = !is_inside;
      if (is_inside) blocks.push_back({i + 1, document[i].substr(3), {}});
    } else if (is_inside) {
      blocks.back().lines.push_back(document[i]);
    }
  }
  return blocks;
}

/// Whether the text is the pattern, in which "..." is any text.
bool fits(std::string_view pattern, std::string_view text) {
  const std::size_t gap = pattern.find("...");
  if (gap == pattern.npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, gap))) return false;
  const std::string_view rest = pattern.substr(gap + 3);
  for (std::size_t at = gap; at <= text.size(); ++at) {
    if (fits(rest, text.substr(at))) return true;
  }
  return false;
}

/// The first line of the pattern that the output does not have, in order; empty if it has all. A line of "..." alone
/// stands for any lines; other lines follow each other.
std::string first_missing(const Lines& pattern, const Lines& output) {
  std::size_t at = 0;
  bool may_skip = false;
  for (const std::string& line : pattern) {
    if (line == "...") {
      may_skip = true;
      continue;
    }
    while (may_skip && at < output.size() && !fits(line, output[at])) ++at;
    if (at == output.size() || !fits(line, output[at])) return line;
    ++at;
    may_skip = false;
  }
  return may_skip || at == output.size() ? "" : "(the end)";
}

/// A command line as a shell would take it apart: blanks outside of double quotes separate words.
Lines words_of(const std::string& command) {
  Lines words;
  bool is_quoted = false, is_word = false;
  for (const char c : command) {
    if (c == '"') is_quoted = !is_quoted;
    if (c == ' ' && !is_quoted) is_word = false;
    if (c == '"' || (c == ' ' && !is_quoted)) continue;
    if (!is_word) words.emplace_back();
    is_word = true;
    words.back() += c;
  }
  return words;
}

Lines documents() {
  Lines paths = {"README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") paths.push_back(fs::relative(entry.path(), kRoot));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool is_command(const Block& block) { return block.kind == "console"; }

Lines documents_with_commands() {
  Lines paths = documents();
  std::erase_if(paths, [](const std::string& path) {
    const std::vector<Block> blocks = blocks_of(lines_of_file(kRoot / path));
    return std::none_of(blocks.begin(), blocks.end(), is_command);
  });
  return paths;
}

/// The repository's scenarios, and the files that documents show.
void fill(const TemporaryFolder& folder) {
  for (const char* name : {"scenarios", "tests"}) fs::create_directory_symlink(kRoot / name, folder.path() / name);
  for (const std::string& path : documents()) {
    for (const Block& block : blocks_of(lines_of_file(kRoot / path))) {
      if (!block.kind.starts_with("yaml ")) continue;
      std::string text;
      for (const std::string& line : block.lines) text += line + "\n";
      folder.file(block.kind.substr(5), text);
    }
  }
}

class DocumentedCommands : public testing::TestWithParam<std::string> {};

Lines lines_of(const std::string& text) {
  std::istringstream stream(text);
  Lines lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The first line that a command's output should have and has not, once or in the end; empty if it has all.
std::string missing_in_output(const TemporaryFolder& folder, const Block& block, const Lines& words, bool may_repeat,
                              Ended& ended) {
  std::string missing;
  const auto is_as_shown = [&] {
    ended = run_program(folder, words);
    missing =
        first_missing({block.lines.begin() + 1, block.lines.end()}, lines_of(ended.code == 0 ? ended.out : ended.err));
    const bool has_not_begun = ended.err.find("no run that workers may join is under way") != std::string::npos;
    return missing.empty() || !may_repeat || !has_not_begun;
  };
  becomes_true(is_as_shown);
  return missing;
}

TEST_P(DocumentedCommands, PrintWhatTheDocumentShows) {
  const TemporaryFolder folder;
  fill(folder);
  std::optional<Program> beside;
  for (const Block& block : blocks_of(lines_of_file(kRoot / GetParam()))) {
    if (!is_command(block)) continue;
    const std::string prompt = "$ ./tandem ";
    ASSERT_TRUE(!block.lines.empty() && block.lines[0].starts_with(prompt)) << GetParam() << ":" << block.line;
    Lines words = words_of(block.lines[0].substr(prompt.size()));
    if (words.back() == "&") {
      words.pop_back();
      beside.emplace(folder, words, std::vector<int>(), ".beside");
      continue;
    }
    Ended ended;
    const std::string missing = missing_in_output(folder, block, words, beside.has_value(), ended);
    EXPECT_EQ(missing, "") << GetParam() << ":" << block.line << ": this line is not in the output of "
                           << block.lines[0] << "\n"
                           << ended.out << ended.err;
  }
  if (beside) {
    EXPECT_EQ(beside->wait().code, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(All, DocumentedCommands, testing::ValuesIn(documents_with_commands()), [](const auto& test) {
  std::string name = test.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

// The other commands, in the documents' text, are not run: some take minutes, or need a cluster. Their options exist.
TEST(DocumentedOptions, Exist) {
  const TemporaryFolder folder;
  std::map<std::string, std::string> helps;
  std::size_t commands = 0;
  for (const std::string& path : documents()) {
    for (const std::string& line : lines_of_file(kRoot / path)) {
      const std::string prompt = "    ./tandem ";
      if (!line.starts_with(prompt)) continue;
      const Lines words = words_of(line.substr(prompt.size(), line.find(" #") - prompt.size()));
      if (words.empty() || words[0] == "test" || words[0] == "bench" || words[0].starts_with('-')) continue;
      ++commands;
      if (!helps.contains(words[0])) helps[words[0]] = run_program(folder, {words[0], "--help"}).out;
      for (const std::string& word : words) {
        if (!word.starts_with('-')) continue;
        EXPECT_NE(helps[words[0]].find(word), std::string::npos) << path << ": there is no " << word << " in: " << line;
      }
    }
  }
  EXPECT_GE(commands, 10U);
}

TEST(DocumentedCommandsPatterns, StandForWhatTheySay) {
  EXPECT_TRUE(fits("a ... c", "a b c"));
  EXPECT_FALSE(fits("a ... c", "a b d"));
  EXPECT_EQ(first_missing({"a", "...", "c"}, {"a", "b", "c"}), "");
  EXPECT_EQ(first_missing({"a", "...", "d"}, {"a", "b", "c"}), "d");
  EXPECT_EQ(first_missing({"a", "c"}, {"a", "b", "c"}), "c");
  EXPECT_EQ(first_missing({"a"}, {"a", "b"}), "(the end)");
  EXPECT_EQ(words_of("run f.yaml -s \"a=[b, c]\""), (Lines{"run", "f.yaml", "-s", "a=[b, c]"}));
}

}  // namespace
}  // namespace tandem
