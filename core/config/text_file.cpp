#include "core/config/text_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/config/diagnostics.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_file(const std::string& path, const std::string& why) {
  throw ScenarioError(fmt::format("{}: error: {}", path, why), 1);
}

}  // namespace

std::string read_text_file(const std::string& path, std::string_view what, std::size_t largest_bytes) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) refuse_file(path, "there is no such file");
  if (fs::is_directory(status)) refuse_file(path, fmt::format("this is a folder; name {} file in it", what));
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse_file(path, "the file cannot be read; are its permissions right?");
  std::string text;
  constexpr std::size_t kPiece = 64 << 10;
  while (file && text.size() <= largest_bytes) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    file.read(text.data() + before, kPiece);
    text.resize(before + static_cast<std::size_t>(file.gcount()));
  }
  if (text.size() > largest_bytes)
    refuse_file(path, fmt::format("larger than {} MiB; this is not {}", largest_bytes >> 20, what));
  return text;
}

}  // namespace tandem
