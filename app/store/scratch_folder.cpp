#include "app/store/scratch_folder.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/errors.h"

namespace tandem {

namespace fs = std::filesystem;

fs::path make_unique_folder(const fs::path& base, std::string_view prefix) {
  std::string name = (base / fmt::format("{}XXXXXX", prefix)).string();
  if (mkdtemp(name.data()) == nullptr) throw RunFailed(fmt::format("{}: {}", name, std::strerror(errno)));
  return name;
}

ScratchFolder::ScratchFolder() : path_(make_unique_folder(fs::temp_directory_path(), "tandem-")) {}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace tandem
