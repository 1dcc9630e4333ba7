// One stack of one rank: a SimGrid actor, the ops it has posted, and how it blocks and is woken.
#pragma once

#include <boost/intrusive/list.hpp>
#include <deque>
#include <simgrid/s4u/Actor.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace simgrid::kernel::timer {
class Timer;
}

namespace tandem::sim {

class Stack;
struct Channel;
struct Message;
class RoundPlace;

/// A posted send or receive, until it is retired. While a receive is not complete it is linked into its channel; an op
/// that is complete is linked into its stack.
struct PostedOp : boost::intrusive::list_base_hook<> {
  Stack* stack = nullptr;
  std::uint64_t id = 0;  ///< how often its place was used, and the place, from 1
  bool is_posted = false;
  bool is_complete = false;
  bool is_send = false;
  bool adds = false;             ///< a receive with Reception::add
  RoundPlace* rounds = nullptr;  ///< receives the values of rounds that are played together
  int peer = 0;
  int tag = 0;
  Slice data;
  Channel* channel = nullptr;
  Message* message = nullptr;   ///< what a send that is not complete sends
  Meta* meta_target = nullptr;  ///< where a receive wants it
  Meta meta;                    ///< received, and its place in the channel, in case the receive is cancelled
  std::uint64_t sequence = 0;

  std::uint64_t completion = 0;  ///< place in the order of completion
  Outcome outcome = Outcome::complete;
  double started_s = 0;
  std::string detail;
};

/// All stacks run in one thread, one at a time, so nothing here is locked.
class Stack {
 public:
  enum class Waiting { no, for_ops, for_computation, for_stack, for_time };

  /// A stack that has ended may begin again.
  /// It stands still until `host_stands_until_s`, which outlives it, has passed.
  void begin(int rank, std::string name, const double& host_stands_until_s);

  int rank() const { return rank_; }
  void set_actor(simgrid::s4u::ActorPtr actor) { actor_ = std::move(actor); }

  PostedOp& post(Op& op);
  /// Null when the op is retired.
  PostedOp* find(const Op& op);
  void complete(PostedOp& op, Outcome outcome, double started_s, std::string detail = {});
  void retire(PostedOp& op);
  std::deque<PostedOp>& posted_ops() { return ops_; }

  /// Index of the op of the span that completed first; kNoIndex: none is complete.
  std::size_t first_complete(std::span<const Op> ops);
  /// The same, when none is complete yet: called by the stack itself, blocks it as `block` does.
  std::size_t await_completion(std::span<const Op> ops, double deadline_s);

  /// Called by the stack itself: returns when woken or at `deadline_s`, sometimes earlier: check what was waited for.
  void block(Waiting reason, double deadline_s);
  void wake();
  /// Called by the stack itself: runs `action` in SimGrid's kernel, between two turns of all stacks.
  void run_in_kernel(const std::function<void()>& action);

  bool is_blocked() const { return waiting_ != Waiting::no; }
  /// Whether it goes on, now or at a date, although nothing else happens.
  bool goes_on_by_itself() const;
  /// For people: "rank 3 waits for 10 values from rank 2 (tag 5) since 0.0012 s".
  std::string describe_wait();

  /// Its current and later waits end. Holds for the stacks that it has spawned, too.
  void cancel();
  bool is_cancelled() const { return is_cancelled_; }
  void end();
  bool has_ended() const { return has_ended_; }
  void kill() { actor_->kill(); }

  bool is_computing = false;
  Stack* joined_by = nullptr;
  std::vector<Stack*> spawned;  ///< and not joined yet
  /// Asked when a deadline passes: why nothing came, or nothing to add.
  std::function<std::string()> explain_silence;
  std::string silence;

 private:
  void rest(Waiting reason, double deadline_s);
  void arm_timer(double date_s);
  void timer_fired();

  int rank_ = 0;
  const double* host_stands_until_s_ = nullptr;
  std::string name_;  ///< empty: the rank's own stack
  simgrid::s4u::ActorPtr actor_;

  std::deque<PostedOp> ops_;
  std::vector<PostedOp*> free_ops_;
  boost::intrusive::list<PostedOp> completed_;  ///< in this order, and not retired
  std::uint64_t completions_ = 0;

  Waiting waiting_ = Waiting::no;
  std::span<const Op> awaited_ops_;
  std::size_t woken_by_ = kNoIndex;  ///< the index in this span
  double waiting_since_s_ = 0;
  double deadline_s_ = kNoDeadline;
  bool is_cancelled_ = false;
  bool has_ended_ = false;
  simgrid::kernel::timer::Timer* timer_ = nullptr;
  double timer_date_s_ = kNoDeadline;
};

}  // namespace tandem::sim
