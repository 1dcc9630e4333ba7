#include "app/import/format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "core/config/diagnostics.h"

namespace tandem {

const ImportFormat& format_of(const InputFile& input) {
  const ImportFormat* found = nullptr;
  for (const ImportFormat& format : import_formats()) {
    if (!format.recognises(input.head())) continue;
    if (found != nullptr)
      input.refuse(fmt::format("this may be {} or {}; say which with --as", found->name, format.name));
    found = &format;
  }
  if (found == nullptr)
    input.refuse(
        fmt::format("no format is known by this content; there are: {}", fmt::join(import_formats().names(), ", ")));
  return *found;
}

std::vector<std::string> files_of_set(const std::string& pattern) {
  const auto file_of = [&](std::size_t rank) {
    std::string path = pattern;
    return path.replace(path.find(kRankInName), kRankInName.size(), std::to_string(rank));
  };
  std::vector<std::string> paths;
  std::error_code error;
  while (std::filesystem::exists(file_of(paths.size()), error)) paths.push_back(file_of(paths.size()));
  const std::string missing = file_of(paths.size());
  const bool has_gap = std::filesystem::exists(file_of(paths.size() + 1), error);
  if (!paths.empty() && !has_gap) return paths;
  throw ScenarioError(fmt::format("{}: error: there is no such file; a set has one of each rank from 0 up", missing),
                      1);
}

}  // namespace tandem
