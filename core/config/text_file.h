// Reads a text that a person wrote from a file.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem {

/// The whole file. Throws ScenarioError where there is none, it cannot be read, or it is too large to be `what` ("a
/// scenario").
std::string read_text_file(const std::string& path, std::string_view what, std::size_t largest_bytes = 1 << 20);

}  // namespace tandem
