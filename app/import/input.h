// A file that somebody brings: plain or gzip-compressed, read whole or as a stream, and never larger than was agreed.
#pragma once

#include <cstddef>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

class InputFile {
 public:
  static constexpr std::size_t kLargestText = 64 << 20;
  static constexpr std::size_t kLargestStream = std::size_t{2} << 30;

  /// Reads the first 64 KiB. Throws ScenarioError where there is no such file, it is a folder, or it is unreadable.
  explicit InputFile(std::string path);

  const std::string& path() const { return path_; }
  /// The first 64 KiB, decompressed.
  std::string_view head() const { return head_; }
  /// All of it, decompressed. Throws ScenarioError where it is larger than kLargestText or holds a zero byte.
  std::string text() const;
  /// All of it, decompressed piece by piece; reading throws ScenarioError beyond kLargestStream, at damaged
  /// compression, and where little grows to very much, as no honest trace does.
  std::unique_ptr<std::istream> stream() const;

  /// Throws ScenarioError: "path: error: text", or "path:line: error: text" (lines from 1).
  [[noreturn]] void refuse(const std::string& text) const;
  [[noreturn]] void refuse(std::size_t line, const std::string& text) const;

 private:
  std::string path_;
  std::string head_;
};

}  // namespace tandem
