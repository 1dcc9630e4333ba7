// The repository's own text, as the habits look at it: which files there are, and what in them is code and what
// comment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::tidy {

/// A C++ file. All texts have the same lines, so that a place in one is the same place in the others.
struct SourceFile {
  std::string path;                   ///< relative to the root
  std::vector<std::string> text;      ///< as written
  std::vector<std::string> code;      ///< without comments
  std::vector<std::string> bare;      ///< without comments and without what stands between quotes
  std::vector<std::string> comments;  ///< comments alone, without their slashes; empty where a line has none

  bool is_under(std::string_view folder) const { return path.starts_with(folder); }
};

/// Every .cpp and .h file of the program, its tests and its benchmarks, in the order of their paths.
const std::vector<SourceFile>& sources();

/// The files of `sources()` whose path begins with `folder`.
std::vector<const SourceFile*> sources_under(std::string_view folder);

/// Splits a text of C++ into the four views above; `path` is only kept.
SourceFile split(std::string path, const std::string& text);

/// Names of the files with this ending below a folder, relative to the root, sorted.
std::vector<std::string> files_below(const std::string& folder, const std::string& ending);

/// The whole text of a file, relative to the root.
std::string text_of(const std::string& path);

std::vector<std::string> lines_of(const std::string& text);

}  // namespace tandem::tidy
