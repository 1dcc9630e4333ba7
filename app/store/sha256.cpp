#include "app/store/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

#include "core/slice.h"

namespace tandem {

std::string sha256_of(const float* values, std::size_t count) {
  return sha256_of(std::string_view(reinterpret_cast<const char*>(values), bytes_of(count)));
}

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string text;
  for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace tandem
