#include "real/mpi/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "real/mpi/job.h"

namespace tandem::mpi {

using real::FrameType;
using real::PostedOp;

void Peer::post_send(Slot slot) {
  if (ending_) return ops_.fail(slot, Outcome::peer_failed, end_text());
  const PostedOp& op = ops_[slot];
  Header header = real::header_of(op.tag, op.data, op.meta);
  if (!rendezvous_sends_ && op.data.bytes() <= kFrameBodyBytes) {
    const std::span<const std::byte> body(op.data.address, op.data.bytes());
    if (wire_.send_frame(rank_, header, body, slot)) ops_.complete(slot);
    return;
  }
  header.type = FrameType::request;
  header.message = ++messages_announced_;
  awaiting_clear_.emplace_back(header.message, slot);
  wire_.send_frame(rank_, header, {}, kNoSlot);
}

void Peer::post_receive(Slot slot) {
  clear_if_awaited(inbox_.post(slot));
  if (ending_ && inbox_.waiting() > 0) inbox_.fail_all(end_text());
}

bool Peer::withdraw(Slot slot) {
  if (!ops_[slot].is_send) {
    const bool is_moving =
        std::any_of(arriving_.begin(), arriving_.end(), [slot](const Message* m) { return m->op == slot; });
    if (is_moving) return false;
    clear_if_awaited(inbox_.withdraw(slot));
    return true;
  }
  const auto announced = std::find_if(awaiting_clear_.begin(), awaiting_clear_.end(),
                                      [slot](const auto& entry) { return entry.second == slot; });
  if (announced == awaiting_clear_.end()) return false;
  Header header;
  header.type = FrameType::withdraw;
  header.message = announced->first;
  awaiting_clear_.erase(announced);
  wire_.send_frame(rank_, header, {}, kNoSlot);
  return true;
}

void Peer::handle(const ArrivedFrame& arrived, double now_s) {
  const Header& header = arrived.frame->header;
  switch (header.type) {
    case FrameType::data:
      return take_data(arrived, now_s);
    case FrameType::request:
      return clear_if_awaited(inbox_.begin(header, now_s));
    case FrameType::clear:
      return take_clear(header.message, now_s);
    case FrameType::withdraw:
      return take_withdraw(header.message);
    case FrameType::goodbye:
      return take_goodbye(arrived);
    case FrameType::payload:
      break;
  }
  abort_job(fmt::format("rank {} sent a frame of unknown type {}", rank_, static_cast<std::uint32_t>(header.type)));
}

void Peer::take_data(const ArrivedFrame& arrived, double now_s) {
  Message* message = inbox_.begin(arrived.frame->header, now_s);
  if (message == nullptr) return;
  inbox_.take(*message, arrived.frame->body.data(), arrived.body_bytes);
  inbox_.advance(*message, arrived.body_bytes);
}

// Without an announced send of this number, it was withdrawn while the answer was on its way.
void Peer::take_clear(std::uint64_t number, double now_s) {
  const auto found = std::find_if(awaiting_clear_.begin(), awaiting_clear_.end(),
                                  [number](const auto& entry) { return entry.first == number; });
  if (found == awaiting_clear_.end()) return;
  const Slot slot = found->second;
  awaiting_clear_.erase(found);
  ops_[slot].started_s = now_s;
  wire_.send_values(rank_, number, ops_[slot].data, slot);
}

void Peer::take_withdraw(std::uint64_t number) {
  Message* message = inbox_.find_announced(number);
  if (message == nullptr) abort_job(fmt::format("rank {} withdrew a message that it had not announced", rank_));
  if (std::erase(arriving_, message) > 0) wire_.forget_values(message);
  clear_if_awaited(inbox_.retract(*message));
  end_if_all_arrived();
}

// The MPI receive is posted before the sender is asked for the values, so that MPI never has to buffer them.
void Peer::clear_if_awaited(Message* message) {
  if (message == nullptr || !message->needs_clearing()) return;
  message->cleared = true;
  arriving_.push_back(message);
  const Header& announced = message->header;
  wire_.receive_values(rank_, announced.message, {inbox_.destination(*message), announced.count, announced.element},
                       message);
  Header header;
  header.type = FrameType::clear;
  header.message = announced.message;
  wire_.send_frame(rank_, header, {}, kNoSlot);
}

void Peer::values_arrived(Message* message) {
  std::erase(arriving_, message);
  inbox_.advance(*message, message->bytes());
  end_if_all_arrived();
}

void Peer::send_goodbye(const Ending& ending) {
  Header header;
  header.type = FrameType::goodbye;
  header.meta.words = {static_cast<std::int64_t>(ending.kind), std::bit_cast<std::int64_t>(ending.time_s)};
  const std::size_t length = std::min(ending.cause.size(), kFrameBodyBytes);
  wire_.send_frame(rank_, header, std::as_bytes(std::span(ending.cause.data(), length)), kNoSlot);
}

void Peer::take_goodbye(const ArrivedFrame& arrived) {
  const auto& words = arrived.frame->header.meta.words;
  const auto* text = reinterpret_cast<const char*>(arrived.frame->body.data());
  goodbye_ = Ending{static_cast<Ending::Kind>(words[0]), std::bit_cast<double>(words[1]), {text, arrived.body_bytes}};
  end_if_all_arrived();
}

// Values may arrive after the goodbye: MPI keeps the order of frames, but not between frames and values.
void Peer::end_if_all_arrived() {
  if (!goodbye_ || ending_ || !arriving_.empty()) return;
  ending_ = goodbye_;
  inbox_.fail_all(end_text());
  for (const auto& [number, slot] : awaiting_clear_) ops_.fail(slot, Outcome::peer_failed, end_text());
  awaiting_clear_.clear();
}

std::string Peer::end_text() const {
  if (ending_->kind == Ending::Kind::good) return fmt::format("rank {} has already ended", rank_);
  return fmt::format("rank {} failed at {:.6g} s: {}", rank_, ending_->time_s, ending_->cause);
}

}  // namespace tandem::mpi
