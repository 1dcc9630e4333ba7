// Moves the messages of one rank. There is no thread of its own: whoever waits drives the sockets. Of several stacks
// that wait, one drives and the others sleep; when it has what it waited for, another takes over.
#pragma once

#include <poll.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "core/endpoint.h"
#include "real/tcp/connection.h"
#include "real/tcp/join.h"
#include "real/tcp/loopback.h"

namespace tandem::tcp {

/// What the engine knows of one stack of its rank.
struct Stack {
  bool ending = false;  ///< guarded by the engine; see Engine::end
};

struct EngineOptions {
  bool rendezvous_sends = false;
  double timeout_s = 60;  ///< for a peer to take the rest of a message that is cancelled half-way
};

class Engine {
 public:
  Engine(Mesh mesh, EngineOptions options);

  int rank() const { return rank_; }
  int size() const { return static_cast<int>(connections_.size()); }
  double now() const;

  Op isend(Stack& stack, int to, int tag, const Meta& meta, Slice data);
  Op irecv(Stack& stack, int from, int tag, Meta* meta, Slice data);
  Completion wait_any(Stack& stack, std::span<const Op> ops, double deadline_s);
  void cancel(const Op& op);
  void sleep_until(Stack& stack, double time_s);

  /// Makes the waits of a stack end with Outcome::cancelled, now and later. Its ops are withdrawn then.
  void end(Stack& stack);
  /// After the last stack: tells the peers and waits until they have ended, too, or `grace_s` is over.
  void finish(double grace_s);

 private:
  using Lock = std::unique_lock<std::mutex>;
  Lock enter();
  void announce(std::uint64_t completions_before);
  /// False for a send whose bytes are moving. A message that was received but not waited for is free again.
  bool withdraw(Slot slot);
  void withdraw_all(Lock& lock, Stack& stack);
  void complete_moving_send(Lock& lock, Slot slot);
  void sleep(Lock& lock, double deadline_s);

  bool any_complete(std::span<const Op> ops);
  std::optional<Completion> take_complete(std::span<const Op> ops);
  void drive(Lock& lock, const Stack* stack, std::span<const Op> ops, double deadline_s);
  void step_aside(Lock& lock);
  bool move_bytes(Lock& lock);
  bool try_all();
  bool poll_and_move(Lock& lock, double timeout_s);

  int rank_;
  Clock::time_point started_;
  EngineOptions options_;
  std::mutex mutex_;
  std::condition_variable changed_;  ///< something completed, the driver left, or a stack is to end
  std::atomic<int> entering_ = 0;    ///< stacks that want the lock: the driver lets them in between two passes
  int sleeping_ = 0;                 ///< stacks that wait for changed_
  bool driven_ = false;
  bool in_poll_ = false;
  FileDescriptor alarm_;  ///< an eventfd: fetches the driver out of poll
  OpTable ops_;
  std::vector<std::unique_ptr<Connection>> connections_;  ///< by rank; this rank's own is null
  Loopback to_self_;
  std::vector<pollfd> entries_;
  std::vector<Connection*> polled_;
};

}  // namespace tandem::tcp
