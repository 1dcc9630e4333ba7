#include "app/store/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "core/errors.h"
#include "core/process/file_descriptor.h"

namespace tandem {
namespace {

[[noreturn]] void cannot_write(const std::filesystem::path& path) {
  throw RunFailed(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
}

void write_all(const FileDescriptor& file, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// A rename is on the disk once its folder is.
void sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file || fsync(file.get()) != 0) cannot_write(folder);
}

// Links are followed, as the shell's > does, so that a link stays one. A rename would put a file in the place of a
// device or a pipe, such as /dev/null.
std::filesystem::path place_to_write(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  const auto refuse = [&](const std::string& cause) {
    throw UsageError(fmt::format("cannot write {}: {}", path.string(), cause));
  };
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) refuse("Is a directory");
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse("it is a device or a pipe, not a file");
  constexpr int kMostLinks = 40;  // as the kernel follows
  fs::path place = path;
  for (int links = 0; fs::is_symlink(place, error); ++links) {
    const fs::path target = fs::read_symlink(place, error);
    if (error) refuse(error.message());
    if (links == kMostLinks) refuse("Too many levels of symbolic links");
    place = place.parent_path() / target;
  }
  return place;
}

}  // namespace

std::string read_whole_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_durable_file(const std::filesystem::path& path, std::span<const std::string_view> parts) {
  // Always the same name: what a killed process has left is replaced by the next attempt.
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  {
    const FileDescriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file) cannot_write(temporary);
    for (const std::string_view part : parts) write_all(file, part, temporary);
    if (fsync(file.get()) != 0) cannot_write(temporary);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) cannot_write(path);
  sync_folder(path.parent_path());
}

void write_whole_file(const std::filesystem::path& named, std::string_view content) {
  const std::filesystem::path path = place_to_write(named);
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) throw UsageError(fmt::format("cannot make folder {}: {}", path.parent_path().string(), error.message()));

  std::filesystem::path temporary = path;
  temporary += fmt::format(".{}.tmp", getpid());
  errno = 0;
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    const std::string cause = errno != 0 ? std::strerror(errno) : "write failed";
    std::filesystem::remove(temporary, error);
    throw UsageError(fmt::format("cannot write {}: {}", path.string(), cause));
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    const std::string cause = error.message();
    std::filesystem::remove(temporary, error);
    throw UsageError(fmt::format("cannot write {}: {}", path.string(), cause));
  }
}

void refuse_to_replace(const std::filesystem::path& path, bool force) {
  if (path.empty()) return;
  place_to_write(path);  // what cannot be replaced at all is refused before the work, too
  if (force || !std::filesystem::exists(path)) return;
  throw UsageError(fmt::format("{} is there already; --force replaces it", path.string()));
}

}  // namespace tandem
