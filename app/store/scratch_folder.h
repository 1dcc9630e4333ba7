// Folders for files that nobody keeps.
#pragma once

#include <filesystem>
#include <string_view>

namespace tandem {

/// Makes a folder in `base` that only this user may read. Its name begins with `prefix` and is taken by nobody else.
/// Throws RunFailed naming the folder and the cause.
std::filesystem::path make_unique_folder(const std::filesystem::path& base, std::string_view prefix);

/// A folder among the system's temporary files, which goes with this object, as does what is in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace tandem
