// Compressed files for the loaders.
#pragma once

#include <zlib.h>

#include <string>

#include "tests/temporary_folder.h"

namespace tandem {

/// Writes a compressed file and returns its path.
inline std::string gzip_file(const TemporaryFolder& folder, const std::string& name, const std::string& bytes) {
  const std::string path = folder.path() / name;
  gzFile file = gzopen(path.c_str(), "wb");
  gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
  gzclose(file);
  return path;
}

}  // namespace tandem
