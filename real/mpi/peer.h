// One peer: which of its messages go to which receives, which sends were announced to it, and how it ended. Messages
// are matched as in the tcp world. A small message is sent at once; a large one is announced and moves when the peer
// has asked for it. So a message that no receive wants can be withdrawn, and MPI never buffers one that is not awaited.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "real/inbox.h"
#include "real/mpi/wire.h"
#include "real/op_table.h"

namespace tandem::mpi {

/// How a rank ended.
struct Ending {
  /// waited: a wait came to its deadline, and the rank at fault may be another; peer_failed: another rank had failed.
  enum class Kind : std::int64_t { good, failed, waited, peer_failed } kind = Kind::good;
  double time_s = 0;  ///< on that rank's clock
  std::string cause;  ///< for people; empty when good
};

class Peer {
 public:
  Peer(int rank, real::OpTable& ops, Wire& wire, bool rendezvous_sends)
      : rank_(rank), ops_(ops), wire_(wire), rendezvous_sends_(rendezvous_sends), inbox_(ops) {}

  void post_send(Slot op);
  void post_receive(Slot op);
  /// Withdraws an op, which the caller retires. False while its values are moving: it must complete first.
  bool withdraw(Slot op);

  void handle(const ArrivedFrame& arrived, double now_s);
  /// The values of a large message are here.
  void values_arrived(Message* message);

  /// Tells the peer how this rank has ended. Nothing is sent to it afterwards.
  void send_goodbye(const Ending& ending);
  /// How the peer ended, once its goodbye and everything that it had sent are here.
  const std::optional<Ending>& ending() const { return ending_; }

 private:
  void take_data(const ArrivedFrame& arrived, double now_s);
  void take_clear(std::uint64_t number, double now_s);
  void take_withdraw(std::uint64_t number);
  void take_goodbye(const ArrivedFrame& arrived);
  void clear_if_awaited(Message* message);
  void end_if_all_arrived();
  std::string end_text() const;

  int rank_;
  real::OpTable& ops_;
  Wire& wire_;
  bool rendezvous_sends_;
  real::Inbox inbox_;
  std::vector<std::pair<std::uint64_t, Slot>> awaiting_clear_;  ///< announced sends by message number
  std::uint64_t messages_announced_ = 0;
  std::vector<const Message*> arriving_;  ///< large messages that were asked for
  std::optional<Ending> goodbye_, ending_;
};

}  // namespace tandem::mpi
