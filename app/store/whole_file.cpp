#include "app/store/whole_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "core/errors.h"

namespace tandem {

void write_whole_file(const std::filesystem::path& path, std::string_view content) {
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
  if (path.empty() || force || !std::filesystem::exists(path)) return;
  throw UsageError(fmt::format("{} is there already; --force replaces it", path.string()));
}

}  // namespace tandem
