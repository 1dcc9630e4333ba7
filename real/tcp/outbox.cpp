#include "real/tcp/outbox.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace tandem::tcp {

using real::FrameType;
using real::PostedOp;
namespace {

// Large enough to be worth a system call, small enough that reads come in between.
constexpr std::size_t kMaxCallBytes = 1 << 20;
constexpr std::size_t kMaxSentFrames = 1024;

}  // namespace

void Outbox::push(const Header& header, Slice values, Slot op) {
  // A queue that never runs empty would otherwise grow without bound.
  if (head_ > kMaxSentFrames) {
    frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
  frames_.push_back({header, values, op, 0});
}

Outbox::Written Outbox::write_to(int socket) {
  if (is_empty()) return Written::nothing;
  Frame& frame = frames_[head_];
  iovec parts[2];
  std::size_t used = 0;
  if (frame.sent < sizeof frame.header) {
    parts[used++] = {reinterpret_cast<char*>(&frame.header) + frame.sent, sizeof frame.header - frame.sent};
  }
  const std::size_t values_sent = std::max(frame.sent, sizeof frame.header) - sizeof frame.header;
  const std::size_t values_left = std::min(frame.values.bytes() - values_sent, kMaxCallBytes);
  if (values_left > 0) parts[used++] = {frame.values.address + values_sent, values_left};

  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = used;
  const ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) return errno == EAGAIN || errno == EINTR ? Written::nothing : Written::broken;

  frame.sent += static_cast<std::size_t>(sent);
  if (frame.sent == frame.bytes()) {
    if (frame.op != kNoSlot) ops_.complete(frame.op);
    if (++head_ == frames_.size()) frames_.clear(), head_ = 0;
  }
  return Written::something;
}

bool Outbox::withdraw(Slot op) {
  const auto first = frames_.begin() + static_cast<std::ptrdiff_t>(head_);
  const auto found = std::find_if(first, frames_.end(), [op](const Frame& frame) { return frame.op == op; });
  if (found == frames_.end() || found->sent > 0) return false;
  frames_.erase(found);
  return true;
}

bool Outbox::withdraw_all() {
  const auto first = frames_.begin() + static_cast<std::ptrdiff_t>(head_);
  frames_.erase(
      std::remove_if(first, frames_.end(), [](const Frame& frame) { return frame.op != kNoSlot && frame.sent == 0; }),
      frames_.end());
  return !is_empty() && frames_[head_].op != kNoSlot;
}

void Outbox::fail_all(const std::string& detail) {
  for (; head_ < frames_.size(); ++head_) {
    if (frames_[head_].op != kNoSlot) ops_.fail(frames_[head_].op, Outcome::peer_failed, detail);
  }
  frames_.clear();
  head_ = 0;
}

}  // namespace tandem::tcp
