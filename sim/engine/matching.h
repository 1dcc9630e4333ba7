// Which message goes to which receive: plain queues, because all ranks live in one thread. How long a transfer
// takes is known elsewhere, see activities.h.
#pragma once

#include <boost/intrusive/list.hpp>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/endpoint.h"
#include "sim/coarse/arrival_gates.h"
#include "sim/coarse/round_gates.h"
#include "sim/coarse/round_values.h"
#include "sim/engine/stack.h"

namespace tandem::sim {

class Activities;
struct Route;

/// What was sent and not yet received. It holds a copy of the values only where the sender goes on before the receiver
/// takes them.
struct Message : boost::intrusive::list_base_hook<> {
  enum class Stage { queued, moving, arrived };

  Channel* channel = nullptr;  ///< null: lost, only its transfer goes on
  PostedOp* send = nullptr;    ///< null: the send is complete or cancelled
  int from = 0, to = 0, tag = 0;
  Slice data;
  Meta meta;
  std::vector<std::byte> copy;
  Stage stage = Stage::queued;
  bool is_held = false;         ///< by a gate: before it begins, or when it has arrived
  bool is_buffered = false;     ///< its send was complete before it arrived
  int rounds = 1;               ///< that it stands for: so many latencies, unless they are
  bool are_at_once = false;     ///< all under way together, as so many flows
  bool is_for_several = false;  ///< receivers, of which this one has as much from others: its size is the sender's
  RoundPlace* place = nullptr;  ///< the sender's, if its buffers have their values in rounds
  bool is_arriving = false;
  bool is_delivered = false;
  std::uint64_t sequence = 0;
  double started_s = 0;
};

/// The messages of one (from, to, tag) in the order sent, and the receives that wait for them in the order posted.
struct Channel {
  int from = 0, to = 0, tag = 0;
  Route* route = nullptr;
  boost::intrusive::list<Message> messages;
  boost::intrusive::list<PostedOp> receives;
  std::size_t under_way = 0;  ///< messages that move or have arrived; they are the first ones
  std::uint64_t next_sequence = 0;
};

class Matching {
 public:
  /// A send is complete when its message has arrived; where no more than `send_buffer_bytes` from its rank to the other
  /// are under way, at once.
  Matching(int ranks, bool rendezvous_sends, double send_buffer_bytes, Activities& activities);

  void post_send(PostedOp& op, const Meta& meta);
  /// A send that stands for several rounds.
  /// `place` has the values, or is null where there are none.
  void post_rounds(PostedOp& op, const RoundsAt& at, int rounds, RoundPlace* place);
  void post_receive(PostedOp& op);
  /// The transfer has ended. Called by Activities.
  void arrived(Message& message);
  /// Endpoint::cancel, but that it never blocks. Retires the op.
  void cancel(PostedOp& op);
  /// Ends all ops of a stack whose buffers are gone.
  void withdraw_all(Stack& stack);
  /// The rank has returned, or failed, which is worse: then what others send to it fails, too.
  void end_rank(int rank, bool has_failed, const std::string& why);

 private:
  Channel& channel(int from, int to, int tag);
  Message* queue(PostedOp& send, const Meta& meta);
  void start_allowed(Channel& channel);
  void start(Message& message);
  void begin_when_posted(Message& message, const RoundsAt& at);
  void take_in(Message& message);
  void arrived_at_once(Message& message);
  void complete_send(Message& message);
  void deliver_ready(Channel& channel);
  void deliver(Message& message, PostedOp& receive);
  void fail_unmatchable(Channel& channel);
  void fail_sends_to(int rank);
  void forget(PostedOp& receive);
  void give_back(PostedOp& receive);
  void lose(Message& message);
  Message& new_message();
  void free(Message& message);

  struct Rank {
    std::unordered_map<std::uint64_t, Channel> channels;  ///< for messages from this rank
    std::string end;                                      ///< why nothing comes from it any more
    bool has_failed = false;
  };
  bool rendezvous_sends_;
  double send_buffer_bytes_;
  RoundGates gates_;
  ArrivalGates arrival_gates_;
  Activities& activities_;
  std::deque<Message> messages_;  ///< outlive the channels, which link them
  std::vector<Message*> free_messages_;
  std::vector<Rank> ranks_;
};

}  // namespace tandem::sim
