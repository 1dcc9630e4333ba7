// Digests of parameters, programs and identities.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tandem {

/// SHA-256 in hexadecimal; values count as their bytes, little-endian float32.
std::string sha256_of(std::string_view bytes);
std::string sha256_of(const float* values, std::size_t count);

}  // namespace tandem
