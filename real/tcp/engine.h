// Moves the messages of one rank over one socket per peer. A wait spins for a short time, then sleeps in poll.
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
  double timeout_s = 60;  ///< for a peer to take the rest of a message that was cancelled half-way
  /// How long a wait spins before it sleeps. A hop between two spinning ranks takes a few microseconds, one that wakes
  /// a sleeping rank some 35. Where ranks share cores, a step of a collective takes several time slices: a rank that
  /// sleeps before the step ends takes longer and uses more of the processor.
  double spin_s = 200e-6;
  std::vector<double> latencies_s = {};  ///< emulated: messages of each rank are held back for so long; empty: 0
};

class TcpEngine : public real::Engine {
 public:
  TcpEngine(Mesh mesh, EngineOptions options);

  /// Called after the last stack: tells the peers that this rank has ended, and waits until they have too, or until
  /// `grace_s` is over.
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
  FileDescriptor wake_event_;                             ///< an eventfd that wakes the driver from poll
  std::vector<std::unique_ptr<Connection>> connections_;  ///< by rank; this rank's own is null
  std::vector<pollfd> entries_;
  std::vector<Connection*> polled_;
};

}  // namespace tandem::tcp
