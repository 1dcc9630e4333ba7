// One peer: its socket, what goes out, what comes in, and how it ended. Nothing here blocks, and whoever calls holds
// the lock of the rank.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "real/inbox.h"
#include "real/op_table.h"
#include "real/tcp/file_descriptor.h"
#include "real/tcp/outbox.h"
#include "real/tcp/socket.h"

namespace tandem::tcp {

using real::Inbox;
using real::Message;

class Connection {
 public:
  Connection(int peer, FileDescriptor socket, OpTable& ops, Clock::time_point started, bool rendezvous_sends);

  /// Writes at once what the kernel takes, when nothing is queued before it.
  void post_send(Slot op);
  void post_receive(Slot op);
  /// Takes an op back; the caller retires it. False for a send whose bytes are moving: it must complete first.
  bool withdraw(Slot op);

  int socket() const { return socket_.get(); }
  /// Neither failed nor ended.
  bool is_open() const { return failure_.empty(); }
  /// Only while somebody waits for something from there: otherwise the kernel holds the sender back.
  bool wants_to_read() const { return is_open() && (inbox_.waiting() > 0 || !awaiting_clear_.empty()); }
  bool wants_to_write() const { return is_open() && !outbox_.is_empty(); }

  /// One call to the kernel each; true if anything moved.
  bool read();
  bool write();
  /// The peer has shut its side: reads what is left of it, so that its last words are heard.
  void read_to_the_end();

  /// Fails every op towards this peer, those of now and those to come.
  void fail(const std::string& detail);

  /// The end of this rank. Sends that have not begun are dropped, then goodbye is queued.
  void say_goodbye();
  /// Writes and discards what comes. True while the peer may still read what was written or send.
  bool linger();

 private:
  void take_bytes(std::size_t direct, std::size_t got);
  void parse_staged();
  void move_staged_to_front();
  void handle(const Header& header);
  void handle_clear(std::uint64_t number);
  void handle_withdraw(std::uint64_t number);
  void start_arrival(Message* message);
  void clear_if_needed(Message* message);
  void end(const std::string& detail);

  int peer_;
  FileDescriptor socket_;
  OpTable& ops_;
  Clock::time_point started_;
  bool rendezvous_sends_;
  Outbox outbox_;
  Inbox inbox_;
  std::vector<std::pair<std::uint64_t, Slot>> awaiting_clear_;  ///< announced sends by message number
  std::uint64_t messages_announced_ = 0;
  std::string failure_;
  bool goodbye_written_ = false;

  /// Headers, and the values of short messages with them in one call. The rest of long ones bypasses it, unless they
  /// are added up: then piece by piece from here, while the piece is in the cache.
  static constexpr std::size_t kStagingBytes = 64 * 1024;
  std::vector<std::byte> staging_;
  std::size_t staged_begin_ = 0, staged_end_ = 0;
  Message* arriving_ = nullptr;  ///< whose values come next
};

}  // namespace tandem::tcp
