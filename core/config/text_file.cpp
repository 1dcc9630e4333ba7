#include "core/config/text_file.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/config/diagnostics.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 1 << 20;

[[noreturn]] void refuse_file(const std::string& path, const std::string& why) {
  throw ScenarioError(fmt::format("{}: error: {}", path, why), 1);
}

}  // namespace

std::string read_text_file(const std::string& path, std::string_view what) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) refuse_file(path, "there is no such file");
  if (fs::is_directory(status)) refuse_file(path, fmt::format("this is a folder; name {} file in it", what));
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse_file(path, "the file cannot be read; are its permissions right?");
  std::string text;
  text.resize(kLargestFile + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) refuse_file(path, fmt::format("larger than 1 MiB; this is not {}", what));
  return text;
}

}  // namespace tandem
