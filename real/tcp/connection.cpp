#include "real/tcp/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <new>

namespace tandem::tcp {

using real::FrameType;
using real::PostedOp;
namespace {

constexpr std::size_t kMaxCallBytes = 1 << 20;
// Room for headers and the values of short messages, but not so much that the values of a long one are staged.
constexpr std::size_t kHeadersBytes = 8192;

bool is_temporary(int error) { return error == EAGAIN || error == EINTR; }

}  // namespace

Connection::Connection(int peer, FileDescriptor socket, OpTable& ops, Clock::time_point started, bool rendezvous_sends,
                       double latency_s)
    : peer_(peer),
      socket_(std::move(socket)),
      ops_(ops),
      started_(started),
      rendezvous_sends_(rendezvous_sends),
      latency_s_(latency_s),
      outbox_(ops),
      inbox_(ops),
      staging_(kStagingBytes) {
  const int on = 1;
  if (latency_s_ > 0) setsockopt(socket_.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

void Connection::post_send(Slot slot) {
  if (!is_open()) return ops_.fail(slot, Outcome::peer_failed, failure_);
  const PostedOp& op = ops_[slot];
  Header header = real::header_of(op.tag, op.data, op.meta);
  const bool may_write = outbox_.is_empty();
  if (rendezvous_sends_) {
    header.type = FrameType::request;
    header.message = ++messages_announced_;
    awaiting_clear_.emplace_back(header.message, slot);
    outbox_.push(header, {}, kNoSlot);
  } else {
    outbox_.push(header, op.data, slot);
  }
  if (may_write) write();
}

void Connection::post_receive(Slot slot) {
  Message* message = inbox_.post(slot);
  if (is_open()) {
    clear_if_needed(message);
    write();
  } else if (inbox_.waiting() > 0) {
    inbox_.fail_all(failure_);
  }
}

bool Connection::withdraw(Slot slot) {
  const PostedOp& op = ops_[slot];
  if (!op.is_send) {
    clear_if_needed(inbox_.withdraw(slot));
    return true;
  }
  const auto announced = std::find_if(awaiting_clear_.begin(), awaiting_clear_.end(),
                                      [slot](const auto& entry) { return entry.second == slot; });
  if (announced == awaiting_clear_.end()) return outbox_.withdraw(slot);
  Header header;
  header.type = FrameType::withdraw;
  header.message = announced->first;
  awaiting_clear_.erase(announced);
  outbox_.push(header, {}, kNoSlot);
  write();
  return true;
}

bool Connection::write() {
  const Outbox::Written written = outbox_.write_to(socket());
  if (written == Outbox::Written::broken) {
    const int error = errno;
    // A goodbye or an error that the peer sent before it closed explains more than the broken pipe.
    read_to_the_end();
    fail(std::strerror(error));
  }
  return written != Outbox::Written::nothing;
}

bool Connection::read() {
  iovec parts[2];
  std::size_t used = 0, direct = 0;
  const bool is_stored = arriving_ != nullptr && !arriving_->discarded && !inbox_.adds_up(*arriving_);
  // Values may go straight to their buffer only if none of them is staged: a part of a value may be, that was to be
  // added.
  if (is_stored && staged_end_ == 0) {
    direct = std::min(arriving_->bytes() - arriving_->received, kMaxCallBytes);
    parts[used++] = {inbox_.destination(*arriving_), direct};
  }
  const bool is_staged = arriving_ != nullptr && !is_stored;
  const std::size_t room = is_staged ? staging_.size() - staged_end_ : kHeadersBytes;
  parts[used++] = {staging_.data() + staged_end_, room};

  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = used;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  if (latency_s_ > 0) message.msg_control = control, message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(socket(), &message, MSG_DONTWAIT);
  if (got < 0 && is_temporary(errno)) return false;
  if (got > 0) {
    if (latency_s_ > 0) hold_back(message);
    take_bytes(direct, static_cast<std::size_t>(got));
    return true;
  }
  fail(got == 0 ? "it closed the connection" : std::strerror(errno));
  return true;
}

// The kernel says when the last of these bytes came, which may be long ago: nobody reads while the rank computes.
void Connection::hold_back(const msghdr& received) {
  double age_s = 0;
  for (cmsghdr* item = CMSG_FIRSTHDR(&received); item != nullptr;
       item = CMSG_NXTHDR(const_cast<msghdr*>(&received), item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec came{}, now{};
    std::memcpy(&came, CMSG_DATA(item), sizeof came);
    clock_gettime(CLOCK_REALTIME, &now);
    age_s = static_cast<double>(now.tv_sec - came.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec - came.tv_nsec);
  }
  const double now_s = std::chrono::duration<double>(Clock::now() - started_).count();
  inbox_.hold_until(now_s - std::max(age_s, 0.0) + latency_s_);
}

void Connection::take_bytes(std::size_t direct, std::size_t got) {
  direct = std::min(direct, got);
  if (direct > 0 && inbox_.advance(*arriving_, direct)) arriving_ = nullptr;
  staged_end_ += got - direct;
  parse_staged();
}

// Ends when all is taken, or when what is left is less than a header or a value; that is moved to the front.
void Connection::parse_staged() {
  while (staged_begin_ < staged_end_ && is_open()) {
    const std::size_t staged = staged_end_ - staged_begin_;
    if (arriving_ != nullptr) {
      // Values that are added must be aligned to their size; after a message with an odd number of bytes they are not.
      if (staged_begin_ % size_of(arriving_->header.element) != 0) move_staged_to_front();
      const std::size_t offered = std::min(staged, arriving_->bytes() - arriving_->received);
      const std::size_t taken = inbox_.take(*arriving_, staging_.data() + staged_begin_, offered);
      if (taken == 0) break;
      staged_begin_ += taken;
      if (inbox_.advance(*arriving_, taken)) arriving_ = nullptr;
    } else if (staged >= sizeof(Header)) {
      Header header;
      std::memcpy(&header, staging_.data() + staged_begin_, sizeof header);
      staged_begin_ += sizeof header;
      handle(header);
    } else {
      break;
    }
  }
  move_staged_to_front();
}

void Connection::move_staged_to_front() {
  std::memmove(staging_.data(), staging_.data() + staged_begin_, staged_end_ - staged_begin_);
  staged_end_ -= staged_begin_;
  staged_begin_ = 0;
}

void Connection::handle(const Header& header) {
  if (header.magic != real::kFrameMagic || header.count > real::kMaxValues || header.element > real::kLastElement) {
    return fail("it sent what is not a frame");
  }
  const double now_s = std::chrono::duration<double>(Clock::now() - started_).count();
  switch (header.type) {
    case FrameType::data:
      return start_arrival(inbox_.begin(header, now_s));
    case FrameType::request:
      return clear_if_needed(inbox_.begin(header, now_s));
    case FrameType::payload: {
      Message* message = inbox_.find_announced(header.message);
      if (message == nullptr || !message->cleared) return fail("it sent values that were not asked for");
      if (message->bytes() != header.bytes()) return fail("it sent another size than it had announced");
      if (!inbox_.advance(*message, 0)) start_arrival(message);
      return;
    }
    case FrameType::clear:
      return handle_clear(header.message);
    case FrameType::withdraw:
      return handle_withdraw(header.message);
    case FrameType::goodbye:
      return end(fmt::format("rank {} has already ended", peer_));
  }
  fail(fmt::format("it sent a frame of unknown type {}", static_cast<std::uint32_t>(header.type)));
}

// Allocates memory for a message that no receive waits for yet: here, a lack of memory can be reported as the
// message's.
void Connection::start_arrival(Message* message) {
  arriving_ = message;
  if (message == nullptr || inbox_.adds_up(*message)) return;
  try {
    inbox_.destination(*message);
  } catch (const std::bad_alloc&) {
    fail(fmt::format("no memory for its message of {} values (tag {})", message->header.count, message->header.tag));
  }
}

void Connection::clear_if_needed(Message* message) {
  if (message == nullptr || !message->needs_clearing()) return;
  message->cleared = true;
  Header header;
  header.type = FrameType::clear;
  header.message = message->header.message;
  outbox_.push(header, {}, kNoSlot);
}

// Without an announced send of this number, it was withdrawn while the answer was on its way.
void Connection::handle_clear(std::uint64_t number) {
  const auto found = std::find_if(awaiting_clear_.begin(), awaiting_clear_.end(),
                                  [number](const auto& entry) { return entry.first == number; });
  if (found == awaiting_clear_.end()) return;
  const Slot slot = found->second;
  awaiting_clear_.erase(found);
  PostedOp& op = ops_[slot];
  op.started_s = std::chrono::duration<double>(Clock::now() - started_).count();
  Header header = real::header_of(op.tag, op.data, {});
  header.type = FrameType::payload;
  header.message = number;
  outbox_.push(header, op.data, slot);
}

void Connection::handle_withdraw(std::uint64_t number) {
  Message* message = inbox_.find_announced(number);
  if (message == nullptr) return fail("it withdrew a message that it had not announced");
  clear_if_needed(inbox_.retract(*message));
}

void Connection::read_to_the_end() {
  while (is_open() && read()) {
  }
}

void Connection::fail(const std::string& detail) {
  if (!is_open()) return;
  // Otherwise the peer would wait for a rank that reads no more.
  shutdown(socket(), SHUT_RDWR);
  end(detail);
}

void Connection::end(const std::string& detail) {
  failure_ = detail;
  arriving_ = nullptr;
  outbox_.fail_all(detail);
  inbox_.fail_all(detail);
  for (const auto& [number, slot] : awaiting_clear_) ops_.fail(slot, Outcome::peer_failed, detail);
  awaiting_clear_.clear();
}

void Connection::send_goodbye() {
  const bool is_cut_short = outbox_.withdraw_all();
  // No frame can follow half a message: the peer will see the connection close instead.
  if (is_cut_short) fail("this rank has ended");
  if (!is_open()) return;
  Header header;
  header.type = FrameType::goodbye;
  outbox_.push(header, {}, kNoSlot);
}

bool Connection::linger() {
  if (!socket_) return false;
  if (!goodbye_written_) {
    while (wants_to_write() && write()) {
    }
    goodbye_written_ = !wants_to_write();
    if (goodbye_written_) shutdown(socket(), SHUT_WR);
  }
  for (;;) {
    const ssize_t got = recv(socket(), staging_.data(), staging_.size(), MSG_DONTWAIT);
    if (got < 0 && is_temporary(errno)) return true;
    if (got <= 0) break;
  }
  socket_.reset();
  return false;
}

}  // namespace tandem::tcp
