// One peer: which of its messages go to which receives, what it was told of, and how it ended. The matching is the tcp
// world's. Small messages are sent at once; a large one is announced, and moves when the peer has asked for it, so that
// a message that nobody wants can be taken back, and MPI never holds one that is not awaited.
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

/// How a rank came to its end, as far as others need to know.
struct Ending {
  enum class Kind : std::int64_t { good, failed, bereaved } kind = Kind::good;  ///< bereaved: a peer failed it
  double time_s = 0;                                                            ///< on that rank's clock
  std::string cause;                                                            ///< for people; empty when good
};

class Peer {
 public:
  Peer(int rank, real::OpTable& ops, Wire& wire, bool rendezvous_sends)
      : rank_(rank), ops_(ops), wire_(wire), rendezvous_sends_(rendezvous_sends), inbox_(ops) {}

  void post_send(Slot op);
  void post_receive(Slot op);
  /// Takes an op back; the caller retires it. False while its values are moving: it must complete first.
  bool withdraw(Slot op);

  void handle(const ArrivedFrame& arrived, double now_s);
  /// The values of a large message are here.
  void values_arrived(Message* message);

  /// The end of this rank: nothing is sent to the peer after that.
  void say_goodbye(const Ending& ending);
  /// The peer's, once it has said goodbye and all that it sent is here.
  const std::optional<Ending>& ending() const { return ending_; }

 private:
  void take_data(const ArrivedFrame& arrived, double now_s);
  void take_clear(std::uint64_t number, double now_s);
  void take_withdraw(std::uint64_t number);
  void take_goodbye(const ArrivedFrame& arrived);
  void ask_if_awaited(Message* message);
  void end_if_all_is_here();
  std::string farewell() const;

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
