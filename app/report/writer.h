// Where a study's files go. Nothing is overwritten silently.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace tandem {

/// The file in a study's folder that says that the study is not finished.
inline constexpr std::string_view kUnfinishedMark = "unfinished.json";

struct OutputDirectory {
  std::filesystem::path path;  ///< exists, and may be written to
  bool resumes = false;        ///< holds an interrupted study that the caller wants to go on with
  std::string note;            ///< for people, when the place is not simply base/name; else empty
};

/// base/name if that is free. If it holds a study, finished or not: with `force` its files are removed and the place is
/// taken; an unfinished one is taken as it is when `may_resume` agrees (the same runs, and nobody writes them); else
/// base/name-2, -3, ... the first that is free. Throws UsageError when the folder cannot be made.
OutputDirectory choose_output_directory(const std::filesystem::path& base, const std::string& name, bool force,
                                        const std::function<bool(const std::filesystem::path&)>& may_resume = {});

}  // namespace tandem
