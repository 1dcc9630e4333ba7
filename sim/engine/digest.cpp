#include "sim/engine/digest.h"

#include <fmt/format.h>

#include <array>

#include "core/errors.h"

namespace tandem::sim {
namespace {

// Hashing event by event would cost more than the rest of a message.
constexpr std::size_t kEventsPerUpdate = 256;

// Events are hashed as they lie in memory, so there must be no padding in them.
static_assert(sizeof(Event) == 4 * sizeof(std::int32_t) + 2 * sizeof(double));

}  // namespace

EventDigest::EventDigest() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
    broken_invariant("OpenSSL offers no SHA-256");
  }
  pending_.reserve(kEventsPerUpdate);
}

void EventDigest::add(const Event& event) {
  pending_.push_back(event);
  if (pending_.size() == kEventsPerUpdate) flush();
}

void EventDigest::flush() {
  if (EVP_DigestUpdate(context_.get(), pending_.data(), pending_.size() * sizeof(Event)) != 1) {
    broken_invariant("OpenSSL failed to hash");
  }
  pending_.clear();
}

std::string EventDigest::finish() {
  flush();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1) broken_invariant("OpenSSL failed to hash");
  std::string text;
  for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
  return text;
}

}  // namespace tandem::sim
