#include "real/loopback.h"

#include <algorithm>

namespace tandem::real {

void Loopback::post_send(Slot slot) {
  const PostedOp& op = ops_[slot];
  Header header = header_of(op.tag, op.data, op.meta);
  header.type = FrameType::request;
  header.message = ++messages_;
  sends_.emplace_back(header.message, slot);
  move_if_claimed(inbox_.begin(header, op.started_s));
}

void Loopback::post_receive(Slot slot) { move_if_claimed(inbox_.post(slot)); }

void Loopback::withdraw(Slot slot) {
  if (!ops_[slot].is_send) return move_if_claimed(inbox_.withdraw(slot));
  const auto found =
      std::find_if(sends_.begin(), sends_.end(), [slot](const auto& entry) { return entry.second == slot; });
  const std::uint64_t number = found->first;
  sends_.erase(found);
  move_if_claimed(inbox_.retract(*inbox_.find_announced(number)));
}

void Loopback::move_if_claimed(Message* message) {
  if (message == nullptr || !message->needs_clearing()) return;
  const auto found = std::find_if(sends_.begin(), sends_.end(),
                                  [message](const auto& entry) { return entry.first == message->header.message; });
  const Slot send = found->second;
  sends_.erase(found);
  const Slice values = ops_[send].data;
  inbox_.take(*message, values.address, values.bytes());
  if (message->op != kNoSlot) ops_[send].started_s = ops_[message->op].started_s;
  inbox_.advance(*message, values.bytes());
  ops_.complete(send);
}

}  // namespace tandem::real
