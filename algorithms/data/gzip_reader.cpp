#include "algorithms/data/gzip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/errors.h"

namespace tandem {

GzipReader::GzipReader(std::string path) : path_(std::move(path)) {
  if (std::filesystem::is_directory(path_)) throw UsageError(fmt::format("{}: is a directory, not a file", path_));
  file_.reset(gzopen(path_.c_str(), "rb"));
  if (!file_) {
    throw UsageError(fmt::format("{}: cannot be read: {}", path_, std::generic_category().message(errno)));
  }
}

std::size_t GzipReader::read(void* bytes, std::size_t count) {
  constexpr std::size_t kMostAtOnce = std::size_t{1} << 30;  // zlib counts in int.
  std::size_t total = 0;
  while (total < count) {
    const auto wanted = static_cast<unsigned>(std::min(kMostAtOnce, count - total));
    const int got = gzread(file_.get(), static_cast<char*>(bytes) + total, wanted);
    // At a truncated end zlib returns the bytes that it has; the error must be asked for.
    int error = Z_OK;
    const char* text = gzerror(file_.get(), &error);
    if (got < 0 || error == Z_BUF_ERROR)
      throw UsageError(fmt::format("{}: damaged or truncated gzip: {}", path_, text));
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

std::string GzipReader::read_rest() {
  constexpr std::size_t kPiece = 1 << 20;
  std::string all;
  for (std::size_t got = kPiece; got == kPiece;) {
    const std::size_t before = all.size();
    all.resize(before + kPiece);
    got = read(all.data() + before, kPiece);
    all.resize(before + got);
  }
  return all;
}

std::size_t GzipReader::most_bytes() const {
  constexpr std::size_t kDeflateLimit = 1032;  // The format's largest compression ratio.
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path_, error);
  return error ? 0 : static_cast<std::size_t>(size) * kDeflateLimit;
}

}  // namespace tandem
