// What the ranks of the tcp and mpi worlds have in common above the wire: posted ops and the stacks that wait for them.
// No thread exists to move messages: a stack that waits moves those of all stacks of its rank. Where several wait, one
// (the driver) does so while the others sleep; when its op is complete, another takes over.
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

/// One stack of the rank, as the engine sees it.
struct EngineStack {
  bool ending = false;  ///< guarded by the engine; see Engine::end
};

/// The calls of Endpoint for every stack of one rank, under one lock. The derived class implements the wire.
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

  /// Endpoint::hang: the process stops, and with it every stack of the rank.
  void hang(double lasts_s);
  /// For how long it has been stopped in all, or is about to be.
  const std::atomic<double>& stopped_s() const { return stopped_s_; }

  /// Makes this and every later wait of a stack return Outcome::cancelled, after which its ops are withdrawn.
  void end(EngineStack& stack);

 protected:
  using Lock = std::unique_lock<std::mutex>;

  /// `timeout_s`: how long a transfer that is cancelled half-way may take to complete.
  Engine(int rank, int size, Clock::time_point started, double timeout_s);

  // The wire. All are called with the lock held, and never for messages from this rank to itself.
  virtual void post_send(Slot slot) = 0;
  virtual void post_receive(Slot slot) = 0;
  /// Withdraws an op, which the caller retires. False while its values are moving: it must complete first.
  virtual bool withdraw_posted(Slot slot) = 0;
  /// Moves what can be moved; true if anything was. When nothing has moved for long enough (`idle_s`), it may release
  /// the lock and wait for at most `left_s`.
  virtual bool progress(Lock& lock, double idle_s, double left_s) = 0;
  /// Called when a cancelled op has not completed within the timeout: its buffer must be released all the same.
  virtual void give_up(Slot slot) = 0;
  /// Makes a `progress` that waits without the lock return: an op was posted, or a stack is to end.
  virtual void wake() {}

  Lock enter();
  /// Waits without the lock until something completes, a stack is to end, or the deadline.
  void sleep(Lock& lock, double deadline_s);
  void withdraw_all(Lock& lock, const EngineStack* stack);  ///< those of all stacks if null

  OpTable ops_;

 private:
  void announce(std::uint64_t completions_before);
  bool withdraw(Slot slot);
  void complete_moving(Lock& lock, Slot slot);
  double next_complete_s(std::span<const Op> ops);
  std::optional<Completion> take_complete(std::span<const Op> ops);
  void take_what_has_come(Lock& lock);
  void drive(Lock& lock, const EngineStack* stack, std::span<const Op> ops, double deadline_s);
  void yield(Lock& lock);

  int rank_, size_;
  Clock::time_point started_;
  double timeout_s_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< something completed, the driver left, or a stack is to end
  std::atomic<int> entering_ = 0;    ///< stacks that want the lock, which the driver releases between two passes
  int sleeping_ = 0;                 ///< stacks that wait for changed_
  bool driven_ = false;
  std::atomic<double> stopped_s_ = 0;
  Loopback to_self_;
};

}  // namespace tandem::real
