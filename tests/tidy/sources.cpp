#include "tests/tidy/sources.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace tandem::tidy {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolders[] = {"core", "algorithms", "sim", "real", "app", "bench", "tests"};

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Walks over a text once, and writes each character to the views that show it; the others have a space in its place.
class Splitter {
 public:
  explicit Splitter(const std::string& text) : text_(text) {}

  void run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        comment_until("\n");
      } else if (starts("/*")) {
        comment_until("*/");
      } else if (starts("R\"")) {
        raw_string();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && (at_ == 0 || !is_name(text_[at_ - 1])))) {
        quoted(text_[at_]);
      } else {
        put(/*code=*/true, /*bare=*/true, /*comment=*/false);
      }
    }
  }

  std::string code, bare, comments;

 private:
  bool starts(std::string_view what) const { return text_.compare(at_, what.size(), what) == 0; }

  void put(bool in_code, bool in_bare, bool in_comment) {
    const char c = text_[at_++];
    code += in_code || c == '\n' ? c : ' ';
    bare += in_bare || c == '\n' ? c : ' ';
    comments += in_comment || c == '\n' ? c : ' ';
  }

  void comment_until(std::string_view end) {
    for (int slash = 0; slash < 2; ++slash) put(false, false, false);
    while (at_ < text_.size() && (text_[at_] == '/' || text_[at_] == '<')) put(false, false, false);
    while (at_ < text_.size() && !starts(end)) put(false, false, true);
    for (std::size_t i = 0; end == "*/" && i < end.size() && at_ < text_.size(); ++i) put(false, false, false);
  }

  void raw_string() {
    const std::size_t open = text_.find('(', at_);
    const std::string end = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    const std::size_t stop = std::min(text_.find(end, at_), text_.size() - end.size()) + end.size();
    while (at_ < stop) put(true, false, false);
  }

  void quoted(char quote) {
    put(true, true, false);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      if (text_[at_] == '\\') put(true, false, false);
      put(true, false, false);
    }
    if (at_ < text_.size()) put(true, true, false);
  }

  const std::string& text_;
  std::size_t at_ = 0;
};

std::string trimmed(const std::string& line) {
  const std::size_t first = line.find_first_not_of(' ');
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string text_of(const std::string& path) {
  std::ifstream file(fs::path(TANDEM_SOURCE_DIR) / path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

SourceFile split(std::string path, const std::string& text) {
  Splitter splitter(text);
  splitter.run();
  SourceFile file{std::move(path), lines_of(text), lines_of(splitter.code), lines_of(splitter.bare),
                  lines_of(splitter.comments)};
  for (std::string& line : file.comments) line = trimmed(line);
  return file;
}

std::vector<std::string> files_below(const std::string& folder, const std::string& ending) {
  const fs::path root = TANDEM_SOURCE_DIR;
  std::vector<std::string> paths;
  for (const auto& file : fs::recursive_directory_iterator(root / folder)) {
    const std::string path = file.path().lexically_relative(root).string();
    if (file.is_regular_file() && path.ends_with(ending)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

const std::vector<SourceFile>& sources() {
  static const std::vector<SourceFile> all = [] {
    std::vector<SourceFile> files;
    for (const char* folder : kFolders) {
      for (const char* ending : {".cpp", ".h"}) {
        for (const std::string& path : files_below(folder, ending)) files.push_back(split(path, text_of(path)));
      }
    }
    std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
  }();
  return all;
}

std::vector<const SourceFile*> sources_under(std::string_view folder) {
  std::vector<const SourceFile*> files;
  for (const SourceFile& file : sources()) {
    if (file.is_under(folder)) files.push_back(&file);
  }
  return files;
}

}  // namespace tandem::tidy
