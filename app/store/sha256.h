// Digests of parameters, programs and identities.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// SHA-256 in hexadecimal; values count as their bytes, little-endian float32.
std::string sha256_of(std::string_view bytes);
/// The digest of the parts one after the other.
std::string sha256_of(std::span<const std::string_view> parts);
std::string sha256_of(const float* values, std::size_t count);
/// That of a file's content, whatever its size; of no bytes where it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace tandem
