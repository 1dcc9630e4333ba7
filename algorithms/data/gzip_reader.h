// Reads a file that may be gzipped. Every failure is a UsageError that names the file.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <type_traits>

namespace tandem {

class GzipReader {
 public:
  explicit GzipReader(std::string path);

  const std::string& path() const { return path_; }
  /// Up to `count` bytes; fewer only at the end of the file.
  std::size_t read(void* bytes, std::size_t count);
  /// All remaining bytes.
  std::string read_rest();
  /// The bytes of the file itself that have been read for it.
  std::size_t packed_bytes() const { return static_cast<std::size_t>(std::max<z_off_t>(gzoffset(file_.get()), 0)); }
  /// An upper bound for the unpacked size, so that a file that claims to be larger is refused at once.
  std::size_t most_bytes() const;

 private:
  struct Close {
    void operator()(gzFile file) const { gzclose_r(file); }
  };
  std::string path_;
  std::unique_ptr<std::remove_pointer_t<gzFile>, Close> file_;
};

}  // namespace tandem
