// A study's folder. Nothing in it is overwritten silently, only one process writes to it at a time, and an interrupted
// study can be continued in it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "core/process/file_descriptor.h"

namespace tandem {

/// The file in a study's folder that says that the study is not finished. It holds the study's identity, and whoever
/// writes to the folder has it locked.
inline constexpr std::string_view kUnfinishedMark = "unfinished.json";

/// A folder that this process alone writes to. When this object goes without finish(), or its process dies, the folder
/// keeps the mark of a study that is not finished.
class StudyFolder {
 public:
  StudyFolder() = default;
  StudyFolder(std::filesystem::path path, FileDescriptor lock, bool resumes, std::string note)
      : path_(std::move(path)), lock_(std::move(lock)), resumes_(resumes), note_(std::move(note)) {}

  const std::filesystem::path& path() const { return path_; }
  /// It holds an interrupted study that goes on.
  bool resumes() const { return resumes_; }
  /// For people, when the place is not simply base/name; else empty.
  const std::string& note() const { return note_; }

  /// The study is whole: removes the mark.
  void finish();

 private:
  std::filesystem::path path_;
  FileDescriptor lock_;
  bool resumes_ = false;
  std::string note_;
};

/// base/name if that is free. If it holds a study that no other process is writing: with `force` its files are removed
/// and the place is taken; an unfinished one of this `identity` is taken as it is. Else the first of base/name-2, -3,
/// ... that is free. `identity` is what two studies must have in common for one to go on with the runs of the other;
/// empty: an interrupted study cannot go on. Throws UsageError when the folder cannot be made or written to.
StudyFolder open_study_folder(const std::filesystem::path& base, const std::string& name, bool force,
                              const std::string& identity = {});

}  // namespace tandem
