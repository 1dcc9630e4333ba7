// Lets in who belongs to the run. Strangers, scanners, half-open connections and replayed hellos cost a little memory
// for a little while and hold up nobody: no call here blocks.
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

class Gate {
 public:
  /// Why a claim that was proved is refused all the same; empty when it is not.
  using Refusal = std::function<std::string(const Claim&)>;

  /// `self` is the rank that callers must mean, or kRendezvous.
  Gate(Listener listener, const Token& token, int self, int size, Refusal refusal);

  std::uint16_t port() const { return listener_.port; }
  void close() {
    listener_.socket.reset();
    callers_.clear();
  }
  /// What to poll for before the next call of admit. Strangers' time runs out by the clock: poll for at most
  /// kPatience_s.
  void append_to(std::vector<pollfd>& entries) const;
  /// Moves handshakes on as far as they go without waiting, up to the first that is complete. Call it until it has
  /// none.
  std::optional<Admitted> admit();

  static constexpr double kPatience_s = 3;         ///< for a hello
  static constexpr std::size_t kMaxCallers = 256;  ///< at once; beyond that the oldest is dropped

 private:
  struct Caller {
    FileDescriptor socket;
    Deadline deadline;
    Nonce nonce;
    Hello hello;
    std::size_t received = 0;
  };
  void accept_callers();
  bool answer(Caller& caller);

  Listener listener_;
  Token token_;
  int self_, size_;
  Refusal refusal_;
  std::deque<Caller> callers_;
};

}  // namespace tandem::tcp
