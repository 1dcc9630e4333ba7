// The connection to one peer: its socket, the frames that go out, the messages that come in, and how it ended. Nothing
// here blocks, and the caller holds the rank's lock.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/process/file_descriptor.h"
#include "real/inbox.h"
#include "real/op_table.h"
#include "real/tcp/outbox.h"
#include "real/tcp/socket.h"

namespace tandem::tcp {

using real::Inbox;
using real::Message;

class Connection {
 public:
  /// `latency_s`: how long messages are held back after their last byte has come.
  Connection(int peer, FileDescriptor socket, OpTable& ops, Clock::time_point started, bool rendezvous_sends,
             double latency_s);

  /// Writes at once what the kernel takes, unless frames are queued already.
  void post_send(Slot op);
  void post_receive(Slot op);
  /// Withdraws an op, which the caller retires. False for a send whose bytes are moving: it must complete first.
  bool withdraw(Slot op);

  int socket() const { return socket_.get(); }
  /// Neither failed nor ended.
  bool is_open() const { return failure_.empty(); }
  /// Only while an op waits for something from this peer: otherwise the kernel's flow control holds the sender back.
  bool wants_to_read() const { return is_open() && (inbox_.waiting() > 0 || !awaiting_clear_.empty()); }
  bool wants_to_write() const { return is_open() && !outbox_.is_empty(); }

  /// One system call each; true if any byte moved.
  bool read();
  bool write();
  /// The peer has shut its side: reads what is left, so that a goodbye or an error that it sent is not lost.
  void read_to_the_end();

  /// Fails every op with this peer, now and in future.
  void fail(const std::string& detail);

  /// This rank has ended: drops the sends that have not begun and queues the goodbye frame.
  void send_goodbye();
  /// Writes what is queued and discards what arrives. True until the peer has closed its side.
  bool linger();

 private:
  void hold_back(const msghdr& received);
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
  double latency_s_;
  Outbox outbox_;
  Inbox inbox_;
  std::vector<std::pair<std::uint64_t, Slot>> awaiting_clear_;  ///< announced sends by message number
  std::uint64_t messages_announced_ = 0;
  std::string failure_;
  bool goodbye_written_ = false;

  /// Headers are read into the staging area, and with them, in the same call, the values of short messages. The rest of
  /// a long message goes straight to its buffer, unless it is to be added: then it is added from here, a piece at a
  /// time, while the piece is in the cache.
  static constexpr std::size_t kStagingBytes = 64 * 1024;
  std::vector<std::byte> staging_;
  std::size_t staged_begin_ = 0, staged_end_ = 0;
  Message* arriving_ = nullptr;  ///< whose values come next
};

}  // namespace tandem::tcp
