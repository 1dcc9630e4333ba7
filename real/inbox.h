// Matches what one peer sends with the receives posted for it: the n-th message of a tag is the n-th receive's. Values
// go straight into the posted buffer. A message that nobody has posted for, but that is in the way of one that somebody
// waits for, is kept in memory of its own; a receive posted while it arrives takes over in the middle.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <vector>

#include "real/frame.h"
#include "real/op_table.h"

namespace tandem::real {

struct Message {
  Header header;
  std::uint64_t arrival = 0;  ///< in order of arrival
  double started_s = 0;       ///< when its header came
  std::size_t received = 0;   ///< bytes of its values
  Slot op = kNoSlot;          ///< the receive that it goes to
  bool announced = false;     ///< came as a request: values move only once it is cleared
  bool cleared = false;
  bool discarded = false;  ///< of another size than the receive, or of one that was cancelled half-way: consumed
  bool kept = false;       ///< the values that have come are in memory of its own

  std::size_t bytes() const { return header.bytes(); }
  bool needs_clearing() const { return announced && !cleared && (op != kNoSlot || discarded); }

 private:
  friend class Inbox;
  struct Free {
    void operator()(std::byte* values) const { std::free(values); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t capacity_ = 0;
};

class Inbox {
 public:
  explicit Inbox(OpTable& ops) : ops_(ops) {}

  /// How many receives are posted and not complete.
  std::size_t waiting() const { return waiting_; }

  /// A receive was posted. Returns the message that it takes, if one is there and not whole yet.
  Message* post(Slot op);
  /// Takes back a receive, even a complete one: its message goes to the next receive of the tag, or is consumed where
  /// values were added up. An op that is complete and adds is not to be given here. Returns that message
  /// unless it is whole. The op is the caller's to retire.
  Message* withdraw(Slot op);

  /// A message begins. One without values is whole at once: null is returned.
  Message* begin(const Header& header, double now_s);
  /// An announced message by its number, or null.
  Message* find_announced(std::uint64_t number);
  /// The sender takes an announced message back. Returns another one that its receive takes instead, or null.
  Message* retract(Message& message);

  /// Where the next bytes of its values may be put; null where they are discarded. Throws std::bad_alloc.
  std::byte* destination(Message& message);
  /// Its values are added to a buffer as they come: they go through `take`.
  bool adds_up(const Message& message) const;
  /// Copies, adds or drops bytes that have come elsewhere, and returns how many: only whole values can be added, and
  /// they must lie at a multiple of their size. Then say `advance`.
  std::size_t take(Message& message, const std::byte* bytes, std::size_t size);
  /// Bytes have come. True when that was the last of them: the message is complete and `message` is gone.
  bool advance(Message& message, std::size_t bytes);

  /// The peer sends no more: fails all receives and drops what came in part. Messages that came whole stay.
  void fail_all(const std::string& detail);

 private:
  using Messages = std::vector<std::unique_ptr<Message>>;
  Message& add(const Header& header, double now_s, std::uint64_t arrival);
  Message* match(Message& message);
  Message* settle(Message& message);
  Message& put_back(Slot op);
  void take_over(Message& message, Slot op);
  void claim(Message& message, Slot op);
  void keep(Message& message);
  void add_values(const Message& message, const std::byte* bytes, std::size_t values);
  void deliver(Message& message);
  void recycle(Message& message);

  OpTable& ops_;
  std::vector<Slot> posted_;  ///< receives without a message, in order
  Messages messages_;         ///< that are not delivered, in order of arrival
  Messages pool_;
  std::size_t waiting_ = 0;
  std::uint64_t arrivals_ = 0;
};

}  // namespace tandem::real
