#include "real/threads/channel.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

namespace tandem::threads {
namespace {

// Large enough that sharing a copy between two ranks is worth taking the lock.
constexpr std::size_t kBytesPerPiece = 256 * 1024;
// So few bytes are copied before a rank that waits has heard of them.
constexpr std::size_t kFewBytes = 1024;

std::size_t pieces_of(const Record& send) {
  return std::max<std::size_t>(1, (send.data.bytes() + kBytesPerPiece - 1) / kBytesPerPiece);
}

// A message of one piece is copied at once, or would not move until somebody waits for it. If the partner does that
// now, it is left to the two: ranks that send to each other then copy at the same time, one message each.
bool is_copied_at_once(const Record& send, const Mailbox* partner) {
  if (pieces_of(send) > 1) return false;
  return send.data.bytes() <= kFewBytes || partner == nullptr || !partner->awaits_ops.load(std::memory_order_relaxed);
}

}  // namespace

Record* RecordList::find(int tag) const {
  Record* record = first_;
  while (record != nullptr && record->tag != tag) record = record->next;
  return record;
}

void RecordList::insert_before(Record* position, Record& record) {
  record.next = position;
  record.previous = position != nullptr ? position->previous : last_;
  (record.previous != nullptr ? record.previous->next : first_) = &record;
  (position != nullptr ? position->previous : last_) = &record;
}

void RecordList::remove(Record& record) {
  (record.previous != nullptr ? record.previous->next : first_) = record.next;
  (record.next != nullptr ? record.next->previous : last_) = record.previous;
}

void Channel::post(Record& record) {
  Mailbox* wake = nullptr;
  bool copies_now = false;
  {
    std::lock_guard hold(lock_);
    if (record.is_send) record.sequence = messages_++;
    Record* partner = (record.is_send ? receives_ : sends_).find(record.tag);
    if (partner != nullptr) {
      (record.is_send ? receives_ : sends_).remove(*partner);
      wake = match(record, *partner);
      Record& send = record.is_send ? record : *partner;
      if (record.stage.load(std::memory_order_relaxed) == Stage::moving && is_copied_at_once(send, wake)) {
        copies_now = true;
        send.pieces_claimed = 1;
      }
    } else if (closed_) {
      complete(record, Outcome::peer_failed, why_closed_);
    } else {
      (record.is_send ? sends_ : receives_).push_back(record);
      record.stage.store(Stage::posted, std::memory_order_relaxed);
    }
  }
  if (copies_now) wake = copy_piece(record, 0);
  if (wake != nullptr) wake->parker.signal();
}

// Returns the mailbox to wake: the partner has values to copy, or is done.
Mailbox* Channel::match(Record& record, Record& partner) {
  Record& send = record.is_send ? record : partner;
  Record& receive = record.is_send ? partner : record;
  send.started_s = receive.started_s = std::chrono::duration<double>(Clock::now() - start_).count();
  if (!send.data.fits(receive.data)) {
    complete(receive, Outcome::size_mismatch, mismatch_text(send.data.count, send.data.element, receive.data));
    complete(send, Outcome::complete);
    return partner.owner;
  }
  send.partner = &receive;
  receive.partner = &send;
  receive.sequence = send.sequence;
  send.pieces_claimed = send.pieces_copied = 0;
  send.stage.store(Stage::moving, std::memory_order_relaxed);
  receive.stage.store(Stage::moving, std::memory_order_relaxed);
  return partner.owner;
}

bool Channel::help(Record& record) {
  std::size_t piece = 0;
  {
    std::lock_guard hold(lock_);
    // Once this record is not moving, its partner's record may stand for another op.
    if (record.stage.load(std::memory_order_relaxed) != Stage::moving) return false;
    Record& send = record.is_send ? record : *record.partner;
    if (send.pieces_claimed == pieces_of(send)) return false;
    piece = send.pieces_claimed++;
  }
  if (Mailbox* wake = copy_piece(record, piece)) wake->parker.signal();
  return true;
}

// Copies a claimed piece. The last piece completes both ops; the mailbox to wake is returned then, and null before.
Mailbox* Channel::copy_piece(Record& record, std::size_t piece) {
  Record& partner = *record.partner;
  Record& send = record.is_send ? record : partner;
  Record& receive = record.is_send ? partner : record;
  const std::size_t values = kBytesPerPiece / size_of(send.data.element), begin = piece * values;
  const std::size_t length = std::min(values, send.data.count - begin);
  const Slice into = receive.data.part(begin, length), from = send.data.part(begin, length);
  if (receive.adds) {
    add(into, from);
  } else if (length > 0) {
    std::memcpy(into.address, from.address, from.bytes());
  }

  std::lock_guard hold(lock_);
  if (++send.pieces_copied < pieces_of(send)) return nullptr;
  Mailbox* partners_owner = partner.owner;
  receive.meta = send.meta;
  if (receive.meta_target != nullptr) *receive.meta_target = send.meta;
  complete(receive, Outcome::complete);
  complete(send, Outcome::complete);
  return partners_owner;
}

// Writes the stage last: once it says done, the owner may reuse the record.
void Channel::complete(Record& record, Outcome outcome, std::string detail) {
  record.outcome = outcome;
  record.detail = std::move(detail);
  if (record.owner != nullptr) record.completion = record.owner->completions.fetch_add(1, std::memory_order_relaxed);
  record.stage.store(Stage::done, std::memory_order_release);
}

void Channel::withdraw(Record& record) {
  {
    std::lock_guard hold(lock_);
    if (record.stage.load(std::memory_order_relaxed) == Stage::posted) {
      (record.is_send ? sends_ : receives_).remove(record);
      record.outcome = Outcome::cancelled;
      record.stage.store(Stage::done, std::memory_order_relaxed);
    }
  }
  while (record.stage.load(std::memory_order_acquire) == Stage::moving) {
    if (!help(record)) std::this_thread::yield();  // the partner is copying the last piece
  }
}

void Channel::give_back(const Record& receive) {
  Mailbox* wake = nullptr;
  {
    std::lock_guard hold(lock_);
    auto message = std::make_unique<GivenBack>();
    message->values.assign(receive.data.address, receive.data.address + receive.data.bytes());
    Record& send = message->record;
    send.is_send = true;
    send.channel = this;
    send.tag = receive.tag;
    send.data = {message->values.data(), receive.data.count, receive.data.element};
    send.meta = receive.meta;
    send.sequence = receive.sequence;
    given_back_.push_back(std::move(message));

    if (Record* next = receives_.find(send.tag)) {
      receives_.remove(*next);
      match(send, *next);
      wake = next->owner;
    } else {
      Record* later = sends_.front();
      while (later != nullptr && later->sequence < send.sequence) later = later->next;
      sends_.insert_before(later, send);
      send.stage.store(Stage::posted, std::memory_order_relaxed);
    }
  }
  if (wake != nullptr) wake->parker.signal();
}

void Channel::close(const std::string& why) {
  std::vector<Mailbox*> wake;
  {
    std::lock_guard hold(lock_);
    closed_ = true;
    why_closed_ = why;
    // The ended rank's own ops are withdrawn already. Those that are left wait for it and fail, except messages that
    // were given back: they have arrived and can still be received.
    while (Record* receive = receives_.front()) {
      receives_.remove(*receive);
      wake.push_back(receive->owner);
      complete(*receive, Outcome::peer_failed, why);
    }
    for (Record* send = sends_.front(); send != nullptr;) {
      Record* following = send->next;
      if (send->owner != nullptr) {
        sends_.remove(*send);
        wake.push_back(send->owner);
        complete(*send, Outcome::peer_failed, why);
      }
      send = following;
    }
  }
  for (Mailbox* mailbox : wake) mailbox->parker.signal();
}

}  // namespace tandem::threads
