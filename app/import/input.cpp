#include "app/import/input.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <streambuf>

#include "algorithms/data/gzip_reader.h"
#include "core/config/diagnostics.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 64 << 10;
// Traces shrink 10 to 50 times. Deflate can shrink zeros 1032 times, and only a file made to fill a disk does.
constexpr std::size_t kMostGrowth = 300;
constexpr std::size_t kGrowthIsJudgedFrom = 32 << 20;

class GzipBuffer : public std::streambuf {
 public:
  GzipBuffer(const InputFile& input, std::size_t limit) : input_(input), reader_(input.path()), limit_(limit) {}

 protected:
  int_type underflow() override {
    const std::size_t got = reader_.read(buffer_.data(), buffer_.size());
    if (got == 0) return traits_type::eof();
    read_ += got;
    if (read_ > limit_) input_.refuse(fmt::format("more than {} MiB; this is too large to read", limit_ >> 20));
    if (read_ > kGrowthIsJudgedFrom && read_ / std::max<std::size_t>(reader_.packed_bytes(), 1) > kMostGrowth)
      input_.refuse(fmt::format("it grows more than {} times when it is decompressed; no trace does", kMostGrowth));
    setg(buffer_.data(), buffer_.data(), buffer_.data() + got);
    return traits_type::to_int_type(buffer_.front());
  }

 private:
  const InputFile& input_;
  GzipReader reader_;
  std::size_t limit_;
  std::size_t read_ = 0;
  std::array<char, 64 << 10> buffer_;
};

/// A stream that owns its buffer, and hands on what reading it throws.
class GzipStream : public std::istream {
 public:
  GzipStream(const InputFile& input, std::size_t limit) : std::istream(nullptr), buffer_(input, limit) {
    rdbuf(&buffer_);
    exceptions(std::ios::badbit);
  }

 private:
  GzipBuffer buffer_;
};

std::string read_up_to(std::istream& stream, std::size_t limit) {
  std::string text;
  std::array<char, 16 << 10> piece;
  while (text.size() < limit) {
    stream.read(piece.data(), static_cast<std::streamsize>(std::min(piece.size(), limit - text.size())));
    if (stream.gcount() == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return text;
}

}  // namespace

InputFile::InputFile(std::string path) : path_(std::move(path)) {
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (!fs::exists(status)) refuse("there is no such file");
  if (fs::is_directory(status)) refuse("this is a folder; name a file in it");
  // A pipe can be read once only, and this reads the beginning twice.
  if (!fs::is_regular_file(status)) refuse("this is no regular file; save it as one first");
  GzipStream stream(*this, kLargestStream);
  head_ = read_up_to(stream, kHead);
  if (head_.empty()) refuse("the file is empty");
}

std::string InputFile::text() const {
  GzipStream stream(*this, kLargestText);
  std::string text = read_up_to(stream, kLargestText + 1);
  if (text.find('\0') != std::string::npos) refuse("not a text file");
  return text;
}

std::unique_ptr<std::istream> InputFile::stream() const { return std::make_unique<GzipStream>(*this, kLargestStream); }

void InputFile::refuse(const std::string& text) const {
  throw ScenarioError(fmt::format("{}: error: {}", path_, text), 1);
}

void InputFile::refuse(std::size_t line, const std::string& text) const {
  throw ScenarioError(fmt::format("{}:{}: error: {}", path_, line, text), 1);
}

}  // namespace tandem
