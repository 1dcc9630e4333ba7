// The posted sends and receives of one rank. Slots are reused, so that a message allocates nothing; an id is a slot and
// the number of its use, so that the id of a retired op is recognised.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/endpoint.h"

namespace tandem::real {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

struct PostedOp {
  std::uint32_t use = 0;  ///< counts the uses of the slot
  bool in_use = false;
  bool is_send = false;
  bool adds = false;  ///< a receive with Reception::add
  int peer = -1;
  int tag = 0;
  Slice data;
  Meta meta;                 ///< the message's: what is sent, or what came
  Meta* meta_out = nullptr;  ///< receive: where the caller wants it, or null
  const void* stack = nullptr;
  std::uint64_t arrival = 0;    ///< receive: see Message
  std::uint64_t posted = 0;     ///< numbers the ops in order of posting
  std::uint64_t completed = 0;  ///< numbers the ops in order of completion; 0: not complete
  Outcome outcome = Outcome::complete;
  double started_s = 0;
  double held_until_s = 0;  ///< receive: when a wait may return it, though it is complete; 0 but for emulated latency
  std::string detail;
};

class OpTable {
 public:
  Slot add(const void* stack, bool is_send, int peer, int tag, Slice data, double now_s) {
    if (free_.empty()) {
      free_.push_back(static_cast<Slot>(ops_.size()));
      ops_.emplace_back();
    }
    const Slot slot = free_.back();
    free_.pop_back();
    PostedOp& op = ops_[slot];
    op.use += 1;
    op.in_use = true;
    op.is_send = is_send, op.adds = false, op.peer = peer, op.tag = tag, op.data = data, op.stack = stack;
    op.posted = ++posted_;
    op.completed = 0;
    op.started_s = now_s;
    op.held_until_s = 0;
    return slot;
  }

  PostedOp& operator[](Slot slot) { return ops_[slot]; }
  Op describe(Slot slot) const {
    const PostedOp& op = ops_[slot];
    return {.id = std::uint64_t{op.use} << 32 | (slot + 1),
            .peer = op.peer,
            .tag = op.tag,
            .is_send = op.is_send,
            .adds = op.adds,
            .count = op.data.count,
            .element = op.data.element};
  }
  /// kNoSlot when the op is retired.
  Slot find(const Op& op) const {
    const auto slot = static_cast<Slot>(op.id) - 1;
    const bool is_live = slot < ops_.size() && ops_[slot].in_use && ops_[slot].use == op.id >> 32;
    return is_live ? slot : kNoSlot;
  }

  void complete(Slot slot) { finish(slot, Outcome::complete); }
  void fail(Slot slot, Outcome outcome, std::string detail) {
    ops_[slot].detail = std::move(detail);
    finish(slot, outcome);
  }
  void retire(Slot slot) {
    ops_[slot].in_use = false;
    ops_[slot].detail.clear();
    free_.push_back(slot);
  }

  std::uint64_t completions() const { return completions_; }
  Slot slots() const { return static_cast<Slot>(ops_.size()); }

 private:
  void finish(Slot slot, Outcome outcome) {
    ops_[slot].outcome = outcome;
    ops_[slot].completed = ++completions_;
  }

  std::deque<PostedOp> ops_;
  std::vector<Slot> free_;
  std::uint64_t posted_ = 0, completions_ = 0;
};

}  // namespace tandem::real
