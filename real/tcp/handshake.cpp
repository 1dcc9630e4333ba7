#include "real/tcp/handshake.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/errors.h"

namespace tandem::tcp {

Release this_release() {
  constexpr std::string_view kText = TANDEM_VERSION;
  Release release{};
  static_assert(kText.size() < release.size());
  kText.copy(release.data(), kText.size());
  return release;
}

std::array<unsigned char, 32> random_bytes() {
  std::array<unsigned char, 32> bytes{};
  // Requests of up to 256 bytes are served whole.
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw RunFailed(fmt::format("the operating system gives no random numbers: {}", std::strerror(errno)));
  }
  return bytes;
}

Digest prove(const Token& token, std::string_view what, const Nonce& nonce, const void* bytes, std::size_t size) {
  std::vector<unsigned char> text(what.begin(), what.end());
  text.insert(text.end(), nonce.begin(), nonce.end());
  const auto* first = static_cast<const unsigned char*>(bytes);
  text.insert(text.end(), first, first + size);
  Digest digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), token.data(), static_cast<int>(token.size()), text.data(), text.size(), digest.data(), &length);
  if (length != digest.size()) broken_invariant("HMAC-SHA256 is not available");
  return digest;
}

bool is_same(const Digest& a, const Digest& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

Claim make_claim(int rank, int callee, int size, std::uint16_t port) {
  Claim claim;
  claim.rank = rank;
  claim.callee = callee;
  claim.size = size;
  claim.port = port;
  claim.nonce = random_bytes();
  return claim;
}

void introduce(int socket, const Token& token, const Claim& claim, Deadline deadline) {
  Challenge challenge;
  receive_all(socket, &challenge, sizeof challenge, deadline);
  if (challenge.magic != kMagic) throw ConnectionError("something else than a Tandem run listens there");
  if (challenge.version != kVersion) {
    throw ConnectionError(
        fmt::format("that run speaks version {} of the protocol, this one {}", challenge.version, kVersion));
  }
  const Hello hello{claim, prove(token, "hello", challenge.nonce, &claim, sizeof claim)};
  send_all(socket, &hello, sizeof hello, deadline);

  Answer answer;
  try {
    receive_all(socket, &answer, sizeof answer, deadline);
  } catch (const ConnectionError& error) {
    throw ConnectionError(
        fmt::format("not admitted (the token is not this run's, or strangers crowd the address): {}", error.what()));
  }
  const Digest expected = prove(token, "answer", claim.nonce, answer.refusal.data(), answer.refusal.size());
  if (!is_same(answer.proof, expected)) throw ConnectionError("who answers there does not know this run's token");
  answer.refusal.back() = '\0';
  if (answer.refusal.front() != '\0') throw ConnectionError(answer.refusal.data());
}

}  // namespace tandem::tcp
