// Where a study's files go. Nothing is overwritten silently.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace tandem {

struct OutputDirectory {
  std::filesystem::path path;  ///< exists, and may be written to
  bool resumes = false;        ///< holds an interrupted study that the caller wants to go on with
  std::string note;            ///< for people, when the place is not simply base/name; else empty
};

/// base/name if that is free. If it holds a finished study (runs.csv): with `force` its files are removed and the
/// place is taken; else base/name-2, -3, ... the first that is free. If it holds something else: taken when
/// `may_resume` agrees (an interrupted run of the same plan), else the next name. Throws UsageError when the folder
/// cannot be made.
OutputDirectory choose_output_directory(const std::filesystem::path& base, const std::string& name, bool force,
                                        const std::function<bool(const std::filesystem::path&)>& may_resume = {});

}  // namespace tandem
