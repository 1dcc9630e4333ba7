#include "real/inbox.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace tandem::real {
namespace {

constexpr std::size_t kMaxPooledBytes = 1 << 20;

}  // namespace

Message* Inbox::post(Slot op) {
  ++waiting_;
  const int tag = ops_[op].tag;
  const auto found = std::find_if(messages_.begin(), messages_.end(), [tag](const auto& message) {
    return message->header.tag == tag && message->op == kNoSlot && !message->discarded;
  });
  if (found == messages_.end()) {
    posted_.push_back(op);
    return nullptr;
  }
  Message& message = **found;
  claim(message, op);
  return settle(message);
}

// Delivers or drops a message that has a receive and is whole.
Message* Inbox::settle(Message& message) {
  const bool is_whole = !message.announced && message.received == message.bytes();
  if (!is_whole) return &message;
  if (message.discarded) {
    recycle(message);
  } else if (message.op != kNoSlot) {
    deliver(message);
  }
  return nullptr;
}

// Gives a message without a receive to the first receive that waits for its tag, if any; never one that is dropped.
Message* Inbox::match(Message& message) {
  if (message.discarded) return settle(message);
  const auto next =
      std::find_if(posted_.begin(), posted_.end(), [&](Slot slot) { return ops_[slot].tag == message.header.tag; });
  if (next != posted_.end()) {
    const Slot slot = *next;
    posted_.erase(next);
    claim(message, slot);
  }
  return settle(message);
}

// Pairs a receive with a message. If the sizes differ, the receive fails and the message will be dropped.
void Inbox::claim(Message& message, Slot slot) {
  PostedOp& op = ops_[slot];
  op.started_s = std::max(op.started_s, message.started_s);
  const Header& header = message.header;
  if (op.data.count != header.count || op.data.element != header.element) {
    message.discarded = true;
    message.memory_.reset();
    message.capacity_ = 0;
    --waiting_;
    ops_.fail(slot, Outcome::size_mismatch, mismatch_text(header.count, header.element, op.data));
    return;
  }
  // A receive that adds leaves the kept values where they are, and adds them when the message is whole.
  if (message.kept && !op.adds) {
    if (message.received > 0) std::memcpy(op.data.address, message.memory_.get(), message.received);
    message.kept = false;
  }
  message.op = slot;
}

Message* Inbox::withdraw(Slot op) {
  if (ops_[op].completed != 0) return match(put_back(op));
  --waiting_;
  if (std::erase(posted_, op) > 0) return nullptr;
  const auto found =
      std::find_if(messages_.begin(), messages_.end(), [op](const auto& message) { return message->op == op; });
  Message& message = **found;
  message.discarded = adds_up(message) && message.received > 0;
  message.op = kNoSlot;
  if (!message.discarded && !message.kept) take_over(message, op);
  return match(message);
}

// Turns a complete receive that no wait has returned back into a message.
Message& Inbox::put_back(Slot slot) {
  const PostedOp& op = ops_[slot];
  Message& message = add(header_of(op.tag, op.data, op.meta), op.started_s, op.arrival);
  message.received = message.bytes();
  message.held_until_s = op.held_until_s;
  take_over(message, slot);
  std::sort(messages_.begin(), messages_.end(), [](const auto& a, const auto& b) { return a->arrival < b->arrival; });
  return message;
}

// Copies the values so far from the buffer of a receive to memory of the message's own.
void Inbox::take_over(Message& message, Slot op) {
  if (message.received == 0) return;
  keep(message);
  std::memcpy(message.memory_.get(), ops_[op].data.address, message.received);
}

Message* Inbox::begin(const Header& header, double now_s) {
  Message& message = add(header, now_s, ++arrivals_);
  message.held_until_s = held_until_s_;
  return match(message);
}

Message& Inbox::add(const Header& header, double now_s, std::uint64_t arrival) {
  if (pool_.empty()) pool_.push_back(std::make_unique<Message>());
  messages_.push_back(std::move(pool_.back()));
  pool_.pop_back();
  Message& message = *messages_.back();
  message.header = header;
  message.arrival = arrival;
  message.started_s = now_s;
  message.received = 0;
  message.op = kNoSlot;
  message.announced = header.type == FrameType::request;
  message.cleared = message.discarded = message.kept = false;
  return message;
}

Message* Inbox::find_announced(std::uint64_t number) {
  const auto found = std::find_if(messages_.begin(), messages_.end(), [number](const auto& message) {
    return message->announced && message->header.message == number;
  });
  return found == messages_.end() ? nullptr : found->get();
}

Message* Inbox::retract(Message& message) {
  const Slot op = message.op;
  recycle(message);
  if (op == kNoSlot) return nullptr;
  // The receive returns to its place among those posted, or takes the next message of its tag at once.
  --waiting_;
  Message* next = post(op);
  std::sort(posted_.begin(), posted_.end(), [this](Slot a, Slot b) { return ops_[a].posted < ops_[b].posted; });
  return next;
}

std::byte* Inbox::destination(Message& message) {
  if (message.discarded) return nullptr;
  const bool is_stored = message.op != kNoSlot && !ops_[message.op].adds;
  if (is_stored) return ops_[message.op].data.address + message.received;
  keep(message);
  return message.memory_.get() + message.received;
}

bool Inbox::adds_up(const Message& message) const {
  return message.op != kNoSlot && ops_[message.op].adds && !message.kept;
}

std::size_t Inbox::take(Message& message, const std::byte* bytes, std::size_t size) {
  if (!adds_up(message)) {
    std::byte* place = destination(message);
    if (place != nullptr && size > 0) std::memcpy(place, bytes, size);
    return size;
  }
  const std::size_t values = size / size_of(message.header.element);
  add_values(message, bytes, values);
  return bytes_of(values, message.header.element);
}

void Inbox::add_values(const Message& message, const std::byte* bytes, std::size_t values) {
  const Element element = message.header.element;
  const Slice into = ops_[message.op].data.part(message.received / size_of(element), values);
  tandem::add(into, {const_cast<std::byte*>(bytes), values, element});
}

void Inbox::keep(Message& message) {
  if (message.capacity_ < message.bytes()) {
    message.memory_.reset(static_cast<std::byte*>(std::malloc(message.bytes())));
    message.capacity_ = message.memory_ ? message.bytes() : 0;
    if (!message.memory_) throw std::bad_alloc();
  }
  message.kept = true;
}

bool Inbox::advance(Message& message, std::size_t bytes) {
  message.received += bytes;
  if (message.received < message.bytes()) return false;
  message.announced = false;
  message.held_until_s = held_until_s_;
  settle(message);
  return true;
}

void Inbox::deliver(Message& message) {
  PostedOp& op = ops_[message.op];
  if (op.adds && message.kept) {
    message.received = 0;
    add_values(message, message.memory_.get(), message.header.count);
  }
  op.meta = message.header.meta;
  op.arrival = message.arrival;
  op.held_until_s = message.held_until_s;
  if (op.meta_out != nullptr) *op.meta_out = message.header.meta;
  --waiting_;
  ops_.complete(message.op);
  recycle(message);
}

void Inbox::recycle(Message& message) {
  const auto found =
      std::find_if(messages_.begin(), messages_.end(), [&](const auto& other) { return other.get() == &message; });
  if (message.capacity_ > kMaxPooledBytes) message.memory_.reset(), message.capacity_ = 0;
  pool_.push_back(std::move(*found));
  messages_.erase(found);
}

void Inbox::fail_all(const std::string& detail) {
  for (const Slot op : posted_) ops_.fail(op, Outcome::peer_failed, detail);
  for (const auto& message : messages_) {
    if (message->op != kNoSlot) ops_.fail(message->op, Outcome::peer_failed, detail);
  }
  posted_.clear();
  waiting_ = 0;
  std::erase_if(messages_, [](const auto& message) {
    return message->announced || message->received < message->bytes() || message->op != kNoSlot;
  });
}

}  // namespace tandem::real
