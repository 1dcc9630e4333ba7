// Matches the messages of one peer with the receives posted for it: the n-th message of a tag goes to the n-th receive
// of that tag. Values go straight into the posted buffer. A message without a receive that stands before one with a
// receive is kept in memory of its own; a receive that is posted while it arrives takes over from there.
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
  std::uint64_t arrival = 0;  ///< numbers the messages in order of arrival
  double started_s = 0;       ///< when its header came
  std::size_t received = 0;   ///< bytes of its values so far
  double held_until_s = 0;    ///< once it is whole: see Inbox::hold_until
  Slot op = kNoSlot;          ///< the receive that it goes to
  bool announced = false;     ///< it came as a request: its values move once it is cleared
  bool cleared = false;
  bool discarded =
      false;          ///< its values are dropped: the size differs from the receive's, or a sum was cancelled half-way
  bool kept = false;  ///< the values so far are in memory of its own

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

  /// Messages that are whole from now on are handed over at this time, however early their receive is posted.
  void hold_until(double time_s) { held_until_s_ = time_s; }

  /// Posts a receive. Returns the message that it takes, if there is one that is not whole yet.
  Message* post(Slot op);
  /// Withdraws a receive, even a complete one: its message goes to the next receive of the tag, or is dropped if some
  /// of its values were added already. Must not be called for a complete receive that adds. Returns the message unless
  /// it is whole. The caller retires the op.
  Message* withdraw(Slot op);

  /// A message begins. Returns null if it is whole at once, because it has no values.
  Message* begin(const Header& header, double now_s);
  /// An announced message by its number, or null.
  Message* find_announced(std::uint64_t number);
  /// The sender withdraws an announced message. Returns the message that its receive takes instead, or null.
  Message* retract(Message& message);

  /// Where the next bytes of its values go; null where they are dropped. Throws std::bad_alloc.
  std::byte* destination(Message& message);
  /// Whether its values are added to a buffer as they arrive. They then have no destination and go through `take`.
  bool adds_up(const Message& message) const;
  /// Copies, adds or drops bytes that were received elsewhere, and returns how many it took: only whole values can be
  /// added, and they must be aligned to their size. Call `advance` afterwards.
  std::size_t take(Message& message, const std::byte* bytes, std::size_t size);
  /// So many bytes have arrived. True when they were the last: the message is complete, and `message` no longer exists.
  bool advance(Message& message, std::size_t bytes);

  /// The peer sends nothing more: fails all receives and drops messages that arrived in part. Whole messages stay.
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
  Messages messages_;         ///< those not delivered yet, in order of arrival
  Messages pool_;
  std::size_t waiting_ = 0;
  std::uint64_t arrivals_ = 0;
  double held_until_s_ = 0;
};

}  // namespace tandem::real
