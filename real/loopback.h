// Messages from a rank to itself: one copy in memory, made when both the send and the receive are posted.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "real/inbox.h"
#include "real/op_table.h"

namespace tandem::real {

class Loopback {
 public:
  explicit Loopback(OpTable& ops) : ops_(ops), inbox_(ops) {}

  void post_send(Slot op);
  void post_receive(Slot op);
  /// Withdraws an op, which the caller retires. No transfer here is ever half-way.
  void withdraw(Slot op);

 private:
  void move_if_claimed(Message* message);

  OpTable& ops_;
  Inbox inbox_;
  std::vector<std::pair<std::uint64_t, Slot>> sends_;  ///< those without a receive, by message number
  std::uint64_t messages_ = 0;
};

}  // namespace tandem::real
