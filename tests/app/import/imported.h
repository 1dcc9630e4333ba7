// Importing a golden sample, or a text that a test makes up.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "app/import/format.h"
#include "core/errors.h"
#include "tests/temporary_folder.h"

namespace tandem {

inline std::string golden(const std::string& name) { return TANDEM_SOURCE_DIR "/tests/golden/import/" + name; }

inline std::string text_of_file(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline Imported import_file(const std::string& path) {
  const InputFile input(path);
  return format_of(input).read(input, "imported");
}

/// What the import of a text is refused with; empty: it is not.
inline std::string refusal_of(const std::string& text, const std::string& format = {}) {
  const TemporaryFolder folder;
  try {
    const InputFile input(folder.file("input", text));
    (format.empty() ? format_of(input) : *import_formats().find(format)).read(input, "imported");
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

inline std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

}  // namespace tandem
