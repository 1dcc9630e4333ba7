#include "app/store/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "core/slice.h"

namespace tandem {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }

  void add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

  std::string text() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
    std::string text;
    for (unsigned int i = 0; i < length; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256_of(const float* values, std::size_t count) {
  return sha256_of(std::string_view(reinterpret_cast<const char*>(values), bytes_of(count)));
}

std::string sha256_of(std::string_view bytes) { return sha256_of(std::span(&bytes, 1)); }

std::string sha256_of(std::span<const std::string_view> parts) {
  Sha256 digest;
  for (const std::string_view part : parts) digest.add(part);
  return digest.text();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  constexpr std::size_t kBlock_bytes = 64 << 10;
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(kBlock_bytes);
  Sha256 digest;
  while (file.read(block.data(), kBlock_bytes) || file.gcount() > 0)
    digest.add({block.data(), static_cast<std::size_t>(file.gcount())});
  return digest.text();
}

}  // namespace tandem
