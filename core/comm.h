// The object that a strategy communicates with: messages, groups, second stacks. Comm is concrete, so that counting,
// timing, deadlines and error texts are written once and are identical in every world.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "core/endpoint.h"
#include "core/errors.h"
#include "core/nodes.h"
#include "core/slice.h"
#include "core/trace.h"
#include "core/work.h"

namespace tandem {

struct CommOptions {
  Payload payload = Payload::numeric;
  double timeout_s = 60;            ///< for each single wait, on the world's clock
  std::optional<Noise> noise = {};  ///< added to every step, drawn from the seed
  std::uint64_t seed = 0;
  Nodes nodes = {};  ///< where ranks are, for collectives that treat a node's ranks differently from others
};

class Comm;
class CommTask;

/// Withdraws those of `ops` that are still posted when it goes out of scope: when an exception frees the buffers, no
/// peer may write to them any more. Declare it after the buffers.
class CancelGuard {
 public:
  CancelGuard(Comm& comm, std::span<Op> ops) : comm_(comm), ops_(ops) {}
  ~CancelGuard();
  CancelGuard(const CancelGuard&) = delete;
  CancelGuard& operator=(const CancelGuard&) = delete;

 private:
  Comm& comm_;
  std::span<Op> ops_;
};

/// One stack of one rank, in a group of ranks. Not thread-safe; a spawned stack gets its own Comm.
/// Waits throw PeerFailed or DeadlineExceeded (recoverable), SizeMismatch (a bug).
class Comm {
 public:
  Comm(Endpoint& endpoint, CommOptions options);

  int rank() const { return rank_; }
  int size() const { return members_.empty() ? endpoint_->size() : static_cast<int>(members_.size()); }
  Payload payload() const { return options_.payload; }
  /// Ranks with one number share a node. Worlds and clusters that say nothing of nodes have one for each rank.
  int node_of(int rank) const { return options_.nodes.of(endpoint_rank(rank)); }

  /// A zeroed buffer of this run's payload kind.
  Buffer make_buffer(std::size_t count, Element element = Element::f32) const {
    return Buffer(count, options_.payload, element);
  }
  /// A working buffer of `count` values, reused by every call; valid until the next call of scratch.
  Slice scratch(std::size_t count, Element element = Element::f32);

  Op isend(int to, int tag, Slice data, const Meta& meta = {});
  Op irecv(int from, int tag, Slice data, Meta* meta = nullptr);
  /// A receive that adds the values to `into`, piece by piece where the world can. The sum is charged when the wait for
  /// it returns. If it does not complete, each value is either the old one or the sum. Post one per buffer at a time:
  /// with several, the order of summation would depend on arrival. `add` in core/slice.h defines the sum.
  Op irecv_add(int from, int tag, Slice into, Meta* meta = nullptr);

  /// Waits for one op, sets it to none and returns its index. Ops that are none are skipped.
  /// If several are complete, it takes the one that completed first. When it throws DeadlineExceeded, every op is
  /// still posted; when it throws PeerFailed or SizeMismatch, the failed op is none and the others are still posted.
  std::size_t wait_any(std::span<Op> ops);
  /// When it throws, it has withdrawn all of them.
  void wait_all(std::span<Op> ops);
  void wait(Op& op) { wait_any({&op, 1}); }
  void cancel(Op& op);

  void send(int to, int tag, Slice data, const Meta& meta = {});
  Meta recv(int from, int tag, Slice data);
  Meta recv_add(int from, int tag, Slice into);
  /// Sends and receives at once, as in a round of many collectives (see core/rounds.h), where blocking calls one after
  /// the other would deadlock around a cycle of ranks.
  Meta send_recv(int to, Slice outgoing, int from, Slice incoming, int tag);
  /// As send_recv, with a receive that adds. `outgoing` and `into` do not overlap.
  Meta send_recv_add(int to, Slice outgoing, int from, Slice into, int tag);

  /// Begins this rank's next training step: charges the delay that the cluster's noise draws for it, as a computation.
  void begin_step();

  /// Runs or charges one computation; see Endpoint::compute.
  void compute(const Work& work, const std::function<void()>& body);
  double now() { return endpoint_->now(); }
  void sleep_until(double time_s) { endpoint_->sleep_until(time_s); }

  /// See Endpoint::hang.
  void hang(double lasts_s) { endpoint_->hang(lasts_s); }

  /// Starts a second stack of this rank. Join it; destroying the CommTask ends a stack that was not joined.
  CommTask spawn(std::string name, std::function<void(Comm&)> stack);
  /// Tells another stack of this rank that something is ready. Notifications of a tag are received in order and do not
  /// count as traffic. The op completes when the other stack has received it: keep it and wait for it at the end.
  Op notify(int tag);
  void await_notification(int tag);

  /// A group of the ranks `members` of this group, in that order; this rank must be one. Every member calls it with the
  /// same arguments. Groups that exist at the same time need different `id`s (1 to 255), which separate their tags.
  Comm group(const std::vector<int>& members, int id) const;

  Ledger& ledger() { return *ledger_; }

 private:
  friend class CommTask;
  friend class Rounds;
  Comm(Endpoint& endpoint, const Comm& like, std::shared_ptr<Ledger> ledger);
  Op sent(Op op, int to, int tag, Slice data, std::uint32_t messages);
  Op received(Op op, int from, int tag, Slice data) const;
  int endpoint_rank(int rank) const;
  int wire_tag(int tag) const;
  [[noreturn]] void fail(const Completion& completion, std::span<const Op> ops) const;
  std::string describe(std::span<const Op> ops) const;

  Endpoint* endpoint_;
  CommOptions options_;
  std::vector<int> members_;  ///< rank in this group -> rank of the endpoint; empty: the group of all ranks
  int rank_;
  int group_id_ = 0;
  std::shared_ptr<Ledger> ledger_;
  Buffer scratch_;
  int stacks_spawned_ = 0;
  std::uint64_t steps_begun_ = 0;
};

/// A running second stack. Its traffic is added to the spawning stack's ledger when it is joined; the time spent
/// waiting in join counts as communication.
class CommTask {
 public:
  CommTask(CommTask&&) = default;
  /// Blocks until the stack's function has returned; rethrows what it threw.
  void join();

 private:
  friend class Comm;
  struct Shared;
  CommTask(Comm& parent, int stack, std::shared_ptr<Shared> shared, std::unique_ptr<Task> task);

  Comm* parent_;
  int stack_;  ///< its number in the trace
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<Task> task_;
};

}  // namespace tandem
