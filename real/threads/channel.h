// Matching: all messages from one rank to another go through one channel, which pairs sends with receives of the same
// tag, oldest first, and copies the values straight from the sender's buffer to the receiver's.
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

/// What others need of a stack of a rank: where to wake it, and the order in which its ops completed.
struct Mailbox {
  Parker parker;
  std::atomic<std::uint64_t> completions{0};
};

enum class Stage : std::uint32_t {
  free,
  posted,  ///< waits in its channel for a partner
  moving,  ///< has a partner; the values are being copied, by either of the two
  done,
};

/// One posted send or receive. Its stack describes it and posts it; from then on only its channel writes to it, until
/// it is done. Records are recycled and never freed while ranks run, so a late look at one is harmless.
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
  Meta meta;  ///< of the message
  Meta* meta_target = nullptr;

  Outcome outcome = Outcome::complete;
  double started_s = 0;
  std::uint64_t completion = 0;  ///< the how-manieth of its stack
  std::string detail;

  Record* previous = nullptr;
  Record* next = nullptr;
  Record* partner = nullptr;
  std::uint64_t sequence = 0;      ///< of a message in its channel
  std::size_t pieces_claimed = 0;  ///< of a moving send
  std::size_t pieces_copied = 0;
};

/// A first-in first-out list through the records themselves.
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

  /// Posts a described record. The second of a pair copies a small message at once; a large one is copied piece by
  /// piece by whichever of the two waits, or by both.
  void post(Record& record);

  /// Copies one piece of the message that a moving record takes part in. False: nothing left to copy.
  bool help(Record& record);

  /// Takes back a posted record; completes a moving one. Afterwards it is done and nobody writes to it.
  void withdraw(Record& record);

  /// The message of a done receive goes to the next receive instead.
  void give_back(const Record& receive);

  /// One of the two ranks has ended: what waits for it, now or later, ends with Outcome::peer_failed.
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
