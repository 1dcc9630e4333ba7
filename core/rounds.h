// Collectives that repeat one round: in every round a rank sends to one rank and receives from another. They are always
// the same two, as in reduce-scatter and all-gather around a ring, in an all-to-all that passes everything on to the
// next rank, and in a pipelined chain while all of its ranks take part; or they move on by as many places each round,
// as in an all-to-all by pairs.
//
// Such a collective makes a Rounds and calls it once per round. In every world the call is the Comm::send_recv that it
// looks like, unless the world offers a RoundsPlayer. A coarse simulation does: it plays several rounds as one message,
// because it simulates thousands of ranks that all repeat the same round thousands of times.
//
// An exchange whose partners change in another way (recursive doubling) gains nothing here: it has few rounds, and its
// messages take different links, so no message can stand for several of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/comm.h"

namespace tandem {

/// Who sends to whom in the first round: rank r of the group to rank r + stride. In a ring the last ranks send to the
/// first ones; in a chain they send to nobody, and the first ones receive from nobody.
struct RoundPattern {
  int tag = 0;
  int rounds = 0;
  int stride = 1;
  bool is_ring = true;
  int shift = 0;         ///< 1: each round's partners are a place further away; requires a ring, and that what a rank
                         ///< sends was there before the first round
  bool at_once = false;  ///< no round waits for the one before; requires a shift

  /// How far away the partners are in a round.
  int distance(int round) const { return stride + shift * round; }
};

/// Where a rank is in its rounds.
struct RoundsAt {
  RoundPattern pattern;     ///< with the tag that the messages carry
  int place = 0, size = 1;  ///< the rank in its group, and the group's size
  int first = 0;            ///< the endpoint's rank at place 0: groups that use a tag at one time have different ones
  int round = 0;            ///< the next
  std::size_t bytes = 0;    ///< sent by the rank in this round (or received, at the end of a chain)
  std::span<const int> members = {};  ///< the endpoint's rank at each place; empty: that of the place's number

  int rank_at(int at_place) const { return members.empty() ? at_place : members[static_cast<std::size_t>(at_place)]; }
};

/// What a rank sends and receives in one round.
struct RoundParts {
  Slice outgoing, incoming;
  Reception reception = Reception::store;
};

/// Implemented by a world that can play rounds together.
class RoundsPlayer {
 public:
  /// How many rounds to play as one message now. All ranks get the same answer for the same round, whenever they ask.
  /// Called once before each message.
  virtual int rounds_together(const RoundsAt& at) = 0;

  /// The next of the rounds of a message that stands for several. What it sends may be what an earlier one of them
  /// receives: values are read and written between the posting of the message and its completion.
  virtual void add_round(const RoundsAt& at, const RoundParts& parts) = 0;

  /// As Endpoint::isend, of the values of `rounds` rounds at once, of which `data` has only the number. The message
  /// takes `rounds` latencies. It begins when the ranks at the `rounds - 1` places before this one have posted theirs:
  /// if the rounds were played one by one, it would have had to wait for exactly these, or its receiver for what they
  /// send. Where rounds are under way at once it begins at once and takes one latency, and is received when those of
  /// these ranks have arrived, too.
  virtual Op isend_rounds(int to, Slice data, const RoundsAt& at, int rounds) = 0;
  /// As Endpoint::irecv, of such a message.
  virtual Op irecv_rounds(int from, Slice data, const RoundsAt& at) = 0;

 protected:
  ~RoundsPlayer() = default;
};

/// The rounds of one rank. All ranks of `comm` make one with the same pattern, in the same order among those of their
/// group, and play all rounds; between them they do nothing that takes time, and nothing with what a round has brought
/// but to send it on in a later one.
class Rounds {
 public:
  Rounds(Comm& comm, const RoundPattern& pattern);
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  /// How many rounds the next call may stand for, of which the first sends `outgoing`: several only where they are
  /// played together and nobody reads values. Who asks calls with the sizes of so many rounds; who does not, round by
  /// round.
  int together(Slice outgoing);

  /// The next round's partners. Requires a ring.
  int to() const { return partner(pattern_.distance(round_)); }
  int from() const { return partner(-pattern_.distance(round_)); }

  /// One round. At the ends of a chain the slice that has no partner is ignored. Where rounds are played together, the
  /// calls before the last of them return at once.
  void send_recv(Slice outgoing, Slice incoming) { play(outgoing, incoming, Reception::store); }
  void send_recv_add(Slice outgoing, Slice into) { play(outgoing, into, Reception::add); }
  /// Waits for rounds that are under way at once.
  void finish() { comm_.wait_all(under_way_); }

 private:
  void play(Slice outgoing, Slice incoming, Reception reception);
  void gather(const RoundParts& parts);
  void ask(Slice outgoing, Slice incoming);
  void post(Op (&ops)[2], Reception reception);
  int partner(int distance) const;

  Comm& comm_;
  RoundPattern pattern_;
  int to_, from_;         ///< in the first round of the next message; kNobody at the ends of a chain
  RoundsPlayer* player_;  ///< null: every round is a message of its own
  RoundsAt at_;
  int round_ = 0;                    ///< the next to be called
  std::vector<Op> under_way_;        ///< rounds that do not wait for each other
  int together_ = 1, gathered_ = 0;  ///< rounds of the next message, and how many of them have been called
  bool was_asked_ = false;           ///< the next call stands for all of them
  Slice outgoing_, incoming_;        ///< what they send and take; only its size where they are several
};

}  // namespace tandem
