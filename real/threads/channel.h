// All messages from one rank to another go through one channel. It matches sends with receives of the same tag, oldest
// first, and copies the values straight from the sender's buffer to the receiver's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "real/threads/parker.h"

namespace tandem::threads {

class Channel;

/// The part of a stack that other threads use: to wake it, to number its ops in order of completion, and to leave it
/// values to copy.
struct Mailbox {
  Parker parker;
  std::atomic<std::uint64_t> completions{0};
  std::atomic<bool> awaits_ops{false};  ///< as far as another thread can tell
};

enum class Stage : std::uint32_t {
  free,
  posted,  ///< in its channel, without a partner
  moving,  ///< matched; either of the two ranks copies the values
  done,
};

/// One posted send or receive. Its stack fills it in and posts it; from then on only its channel writes to it, until it
/// is done. Records are reused and never freed while ranks run, so a thread that reads one too late does no harm.
struct alignas(64) Record {
  std::atomic<Stage> stage{Stage::free};
  std::uint32_t index = 0;       ///< in its stack
  std::uint32_t generation = 0;  ///< counts the uses of this record, so that an old id does not name the new op

  Mailbox* owner = nullptr;  ///< null: a message that a cancelled receive gave back
  Channel* channel = nullptr;
  bool is_send = false;
  bool adds = false;  ///< a receive with Reception::add
  int tag = 0;
  Slice data;
  Meta meta;  ///< the message's
  Meta* meta_target = nullptr;

  Outcome outcome = Outcome::complete;
  double started_s = 0;
  std::uint64_t completion = 0;  ///< numbers the ops of its stack in order of completion
  std::string detail;

  Record* previous = nullptr;
  Record* next = nullptr;
  Record* partner = nullptr;
  std::uint64_t sequence = 0;      ///< numbers the messages of its channel
  std::size_t pieces_claimed = 0;  ///< while a send is moving
  std::size_t pieces_copied = 0;
};

/// An intrusive first-in first-out list.
class RecordList {
 public:
  Record* find(int tag) const;
  Record* front() const { return first_; }
  void push_back(Record& record) { insert_before(nullptr, record); }
  void insert_before(Record* position, Record& record);
  void remove(Record& record);

 private:
  Record* first_ = nullptr;
  Record* last_ = nullptr;
};

class alignas(64) Channel {
 public:
  explicit Channel(Clock::time_point start) : start_(start) {}

  /// Posts a record. A large message is copied piece by piece by whichever of the two waits, or by both; a smaller one
  /// at once by whichever is posted second, unless the other waits already.
  void post(Record& record);

  /// Copies one piece of a moving record's message. False when no piece is left to copy.
  bool help(Record& record);

  /// Withdraws a posted record; completes a moving one. Afterwards the record is done, and no other thread writes to
  /// it.
  void withdraw(Record& record);

  /// The message of a done receive goes to the next receive instead.
  void give_back(const Record& receive);

  /// One of the two ranks has ended: every op that waits for it, now or later, ends with Outcome::peer_failed.
  void close(const std::string& why);

 private:
  struct GivenBack {
    Record record;
    std::vector<std::byte> values;
  };

  Mailbox* match(Record& record, Record& partner);
  Mailbox* copy_piece(Record& record, std::size_t piece);
  void complete(Record& record, Outcome outcome, std::string detail = {});

  SpinLock lock_;
  Clock::time_point start_;
  RecordList sends_;
  RecordList receives_;
  std::uint64_t messages_ = 0;
  bool closed_ = false;
  std::string why_closed_;
  std::vector<std::unique_ptr<GivenBack>> given_back_;
};

}  // namespace tandem::threads
