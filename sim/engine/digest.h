// A running digest of what happened in a simulation, and when: equal digests, equal runs.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tandem::sim {

enum class EventKind : std::uint32_t { transfer = 1, computation = 2 };

/// The end of a transfer, or of a computation (then `from` is the rank and `work` its flops).
struct Event {
  EventKind kind = EventKind::transfer;
  std::int32_t from = 0;
  std::int32_t to = 0;
  std::int32_t tag = 0;
  double work = 0;  ///< bytes or flops
  double time_s = 0;
};

class EventDigest {
 public:
  EventDigest();
  void add(const Event& event);
  /// SHA-256 of all events added so far, in hexadecimal. Nothing may be added afterwards.
  std::string finish();

 private:
  void flush();

  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  std::vector<Event> pending_;
};

}  // namespace tandem::sim
