// Moves the messages of one rank by one socket a peer: spins for a little while, then sleeps in poll.
#pragma once

#include <poll.h>

#include <memory>
#include <vector>

#include "real/engine.h"
#include "real/tcp/connection.h"
#include "real/tcp/join.h"

namespace tandem::tcp {

struct EngineOptions {
  bool rendezvous_sends = false;
  double timeout_s = 60;  ///< for a peer to take the rest of a message that is cancelled half-way
  /// How long who waits looks again and again before it sleeps. A hop between two spinning ranks takes a few
  /// microseconds, one that wakes a sleeper some 35. Where ranks share cores a step of a collective takes several
  /// turns: who sleeps before its end takes longer, and more of the processor.
  double spin_s = 200e-6;
};

class TcpEngine : public real::Engine {
 public:
  TcpEngine(Mesh mesh, EngineOptions options);

  /// After the last stack: tells the peers and waits until they have ended, too, or `grace_s` is over.
  void finish(double grace_s);

 private:
  void post_send(Slot slot) override { connection_of(slot).post_send(slot); }
  void post_receive(Slot slot) override { connection_of(slot).post_receive(slot); }
  bool withdraw_posted(Slot slot) override { return connection_of(slot).withdraw(slot); }
  bool progress(Lock& lock, double idle_s, double left_s) override;
  void give_up(Slot slot) override;
  void wake() override;

  Connection& connection_of(Slot slot) { return *connections_[static_cast<std::size_t>(ops_[slot].peer)]; }
  bool move_bytes(Lock& lock);
  bool try_all();
  bool poll_and_move(Lock& lock, double timeout_s);

  double timeout_s_, spin_s_;
  bool in_poll_ = false;
  FileDescriptor alarm_;                                  ///< an eventfd: fetches the driver out of poll
  std::vector<std::unique_ptr<Connection>> connections_;  ///< by rank; this rank's own is null
  std::vector<pollfd> entries_;
  std::vector<Connection*> polled_;
};

}  // namespace tandem::tcp
