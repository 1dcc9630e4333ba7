#include "app/serve/guard.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <string_view>

#include "core/errors.h"

namespace tandem {
namespace {

// Takes as long for a token that is almost right as for another.
bool equal(const std::string& one, const std::string& other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

bool Guard::is_own(const std::string& host) const {
  for (const char* name : {"127.0.0.1", "localhost"}) {
    if (host == fmt::format("{}:{}", name, port_)) return true;
  }
  return false;
}

std::optional<Refusal> Guard::refusal(const Request& request) const {
  constexpr int kForbidden = 403, kUnauthorized = 401;
  constexpr std::string_view kScheme = "http://";
  if (!is_own(request.host)) return Refusal{kForbidden, "this server answers to 127.0.0.1 only"};
  const bool is_foreign = !request.origin.empty() &&
                          !(request.origin.starts_with(kScheme) && is_own(request.origin.substr(kScheme.size())));
  if (is_foreign) return Refusal{kForbidden, "another page may not ask"};
  if (request.path.starts_with("/api/") && !equal(request.token, token_))
    return Refusal{kUnauthorized, "open the address that `tandem serve` has printed: it has this server's token"};
  return std::nullopt;
}

std::string new_token() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw RunFailed("no random numbers for a token");
  std::string token;
  for (const unsigned char byte : bytes) token += fmt::format("{:02x}", byte);
  return token;
}

}  // namespace tandem
