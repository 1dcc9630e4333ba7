// Admits the connections of a run's own ranks, and no others. A port scanner, a half-open connection or a replayed
// hello costs some memory for a short time and delays nobody: no call here blocks.
#pragma once

#include <poll.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "real/tcp/handshake.h"

namespace tandem::tcp {

/// A connection whose caller has proved that it knows the token.
struct Admitted {
  Claim claim;
  FileDescriptor socket;
};

class Admission {
 public:
  /// Why a claim is refused although it was proved; empty when it is admitted.
  using Refusal = std::function<std::string(const Claim&)>;

  /// `self` is the rank, or kRendezvous, that a caller must name as its callee.
  Admission(Listener listener, const Token& token, int self, int size, Refusal refusal);

  std::uint16_t port() const { return listener_.port; }
  void close() {
    listener_.socket.reset();
    callers_.clear();
  }
  /// What to poll for before the next call of admit. Poll for at most kGrace_s: no event says that a caller has run out
  /// of time.
  void append_to(std::vector<pollfd>& entries) const;
  /// Continues all handshakes without waiting, until one is complete. Call it until it returns none.
  std::optional<Admitted> admit();

  static constexpr double kHelloTimeout_s = 3;  ///< from accepting a caller to its whole hello
  /// At once. One more drops the oldest, but not before its grace is over; until then, callers wait in the listener's
  /// queue. So a flood of connections cannot push out a rank that answers its challenge at once.
  static constexpr std::size_t kMaxCallers = 256;
  static constexpr double kGrace_s = 0.5;  ///< from accepting a caller until it may be dropped: a few round trips

 private:
  struct Caller {
    FileDescriptor socket;
    Deadline grace, deadline;
    Nonce nonce;
    Hello hello;
    std::size_t received = 0;
  };
  /// Nobody can be accepted before somebody has left.
  bool is_full() const { return callers_.size() == kMaxCallers && Clock::now() < callers_.front().grace; }
  void accept_callers();
  bool answer(Caller& caller);

  Listener listener_;
  Token token_;
  int self_, size_;
  Refusal refusal_;
  std::deque<Caller> callers_;
};

}  // namespace tandem::tcp
