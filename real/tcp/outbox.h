// Frames on their way to one peer, in order.
#pragma once

#include <cstddef>
#include <vector>

#include "real/frame.h"
#include "real/op_table.h"

namespace tandem::tcp {

using real::Header;
using real::kNoSlot;
using real::OpTable;
using real::Slot;

class Outbox {
 public:
  explicit Outbox(OpTable& ops) : ops_(ops) {}

  bool is_empty() const { return head_ == frames_.size(); }
  /// `op` completes when the kernel has taken header and values; kNoSlot where no op waits.
  void push(const Header& header, Slice values, Slot op);

  enum class Written { nothing, something, broken };  ///< broken: errno says how
  /// Calls sendmsg at most once.
  Written write_to(int socket);

  /// Removes the frame of this op. False if its first byte has been sent.
  bool withdraw(Slot op);
  /// Removes the frames of ops whose sending has not begun; the ops stay as they are. True if one is left half-written.
  bool withdraw_all();
  /// Removes all frames and fails their ops.
  void fail_all(const std::string& detail);

 private:
  struct Frame {
    Header header;
    Slice values;
    Slot op = kNoSlot;
    std::size_t sent = 0;  ///< bytes gone, header and values together

    std::size_t bytes() const { return sizeof header + values.bytes(); }
  };
  OpTable& ops_;
  std::vector<Frame> frames_;  ///< those before head_ have been sent
  std::size_t head_ = 0;
};

}  // namespace tandem::tcp
