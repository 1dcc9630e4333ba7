// What the ranks of a real world have in common above the wire: posted ops, the stacks that wait for them, who drives.
// There is no thread of its own: whoever waits moves the messages of all. Where several stacks wait, one drives and
// the others sleep; when it has what it waited for, another takes over.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "core/endpoint.h"
#include "real/loopback.h"
#include "real/op_table.h"

namespace tandem::real {

/// What the engine knows of one stack of its rank.
struct EngineStack {
  bool ending = false;  ///< guarded by the engine; see Engine::end
};

/// The calls of Endpoint for every stack of one rank, under one lock. The wire is the derived class's.
class Engine {
 public:
  using Clock = std::chrono::steady_clock;

  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  double now() const;

  Op isend(EngineStack& stack, int to, int tag, const Meta& meta, Slice data);
  Op irecv(EngineStack& stack, int from, int tag, Meta* meta, Slice data, Reception reception = Reception::store);
  Completion wait_any(EngineStack& stack, std::span<const Op> ops, double deadline_s);
  void cancel(const Op& op);
  void sleep_until(EngineStack& stack, double time_s);

  /// Makes the waits of a stack end with Outcome::cancelled, now and later. Its ops are withdrawn then.
  void end(EngineStack& stack);

 protected:
  using Lock = std::unique_lock<std::mutex>;

  /// `timeout_s`: for a transfer that is cancelled half-way to complete.
  Engine(int rank, int size, Clock::time_point started, double timeout_s);

  // The wire. All are called with the lock; messages to this rank itself never come here.
  virtual void post_send(Slot slot) = 0;
  virtual void post_receive(Slot slot) = 0;
  /// Takes an op back; the caller retires it. False while its values are moving: it must complete first.
  virtual bool withdraw_posted(Slot slot) = 0;
  /// Moves what can be moved; true if anything was. When nothing has moved for a while (`idle_s`) it may let go of the
  /// lock and wait, `left_s` at most.
  virtual bool progress(Lock& lock, double idle_s, double left_s) = 0;
  /// The op has not completed within the timeout, and its buffer is needed.
  virtual void give_up(Slot slot) = 0;
  /// Something was posted, or a stack is to end, while `progress` may be waiting without the lock: it must return.
  virtual void wake() {}

  Lock enter();
  /// Waits without the lock until something completes, a stack is to end, or the deadline.
  void sleep(Lock& lock, double deadline_s);
  void withdraw_all(Lock& lock, const EngineStack* stack);  ///< of all stacks if null

  OpTable ops_;

 private:
  void announce(std::uint64_t completions_before);
  bool withdraw(Slot slot);
  void complete_moving(Lock& lock, Slot slot);
  bool any_complete(std::span<const Op> ops);
  std::optional<Completion> take_complete(std::span<const Op> ops);
  void drive(Lock& lock, const EngineStack* stack, std::span<const Op> ops, double deadline_s);
  void step_aside(Lock& lock);

  int rank_, size_;
  Clock::time_point started_;
  double timeout_s_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< something completed, the driver left, or a stack is to end
  std::atomic<int> entering_ = 0;    ///< stacks that want the lock: the driver lets them in between two passes
  int sleeping_ = 0;                 ///< stacks that wait for changed_
  bool driven_ = false;
  Loopback to_self_;
};

}  // namespace tandem::real
