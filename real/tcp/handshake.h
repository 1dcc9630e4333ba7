// How a connection proves that it belongs to this run. The run's token never crosses the wire: the accepting side sends
// a fresh challenge; the caller answers with HMAC-SHA256(token, challenge, claim), and gets a proof for a challenge of
// its own. A recorded hello is worthless, because no challenge is used twice.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "real/tcp/socket.h"

namespace tandem::tcp {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

inline constexpr std::uint32_t kMagic = 0x4d444e54;  // "TNDM"
inline constexpr std::uint32_t kVersion = 2;

/// This program's version, which a claim states: two versions that speak alike may not compute alike.
using Release = std::array<char, 24>;
Release this_release();

using Token = std::array<unsigned char, 32>;  ///< a run's secret
using Nonce = std::array<unsigned char, 32>;
using Digest = std::array<unsigned char, 32>;

/// 32 bytes of the operating system's random numbers.
std::array<unsigned char, 32> random_bytes();

inline constexpr std::int32_t kRendezvous = -1;  ///< in place of a rank

struct Challenge {
  std::uint32_t magic = kMagic;
  std::uint32_t version = kVersion;
  Nonce nonce{};
};

/// Which rank calls which.
struct Claim {
  std::uint32_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::int32_t rank = 0;
  std::int32_t callee = kRendezvous;
  std::int32_t size = 0;
  std::uint32_t port = 0;  ///< told to the rendezvous: where this rank accepts its peers
  Release release = this_release();
  Nonce nonce{};
};

struct Hello {
  Claim claim;
  Digest proof{};
};

/// `refusal` is for people; empty when the caller is admitted.
struct Answer {
  std::array<char, 128> refusal{};
  Digest proof{};
};

/// A row of the address table that the rendezvous sends when all ranks have joined.
struct TableRow {
  std::array<char, 56> address{};
  std::uint32_t port = 0;
  std::uint32_t reserved = 0;
};

/// HMAC-SHA256 of `what`, the nonce and the bytes. `what` keeps a proof of one kind from being used as one of another.
Digest prove(const Token& token, std::string_view what, const Nonce& nonce, const void* bytes, std::size_t size);
/// In constant time.
bool is_same(const Digest& a, const Digest& b);

/// The caller's side of the handshake, on a fresh connection. Throws ConnectionError, also when refused.
void introduce(int socket, const Token& token, const Claim& claim, Deadline deadline);
Claim make_claim(int rank, int callee, int size, std::uint16_t port = 0);

}  // namespace tandem::tcp
