// Moves the messages of one rank by MPI. MPI cannot wake a process that sleeps, so a wait polls: often at first, then
// with sleeps in between that grow with the wait.
#pragma once

#include <memory>
#include <vector>

#include "core/world.h"
#include "real/engine.h"
#include "real/mpi/peer.h"
#include "real/mpi/wire.h"

namespace tandem::mpi {

class MpiEngine : public real::Engine {
 public:
  /// All members of the communicator make one; their clocks start together.
  MpiEngine(MPI_Comm communicator, const WorldOptions& options);

  /// Called after the last stack of this rank. Tells the other ranks, waits until they have ended too, and returns the
  /// first failure that was not caused by another rank's; good when there is none. When a rank has failed and another
  /// does not end within the timeout, the job is aborted.
  Ending finish(const Ending& mine);

 private:
  void post_send(Slot slot) override { peer_of(slot).post_send(slot); }
  void post_receive(Slot slot) override { peer_of(slot).post_receive(slot); }
  bool withdraw_posted(Slot slot) override { return peer_of(slot).withdraw(slot); }
  bool progress(Lock& lock, double idle_s, double left_s) override;
  void give_up(Slot slot) override;

  Peer& peer_of(Slot slot) { return *peers_[static_cast<std::size_t>(ops_[slot].peer)]; }
  bool move();
  template <typename Condition>
  void move_until(Lock& lock, const Ending& mine, Condition is_done);
  void abort_if_late(const Ending& mine, double& deadline_s);

  double timeout_s_;
  Wire wire_;
  std::vector<std::unique_ptr<Peer>> peers_;  ///< by rank; this rank's own is null
};

}  // namespace tandem::mpi
