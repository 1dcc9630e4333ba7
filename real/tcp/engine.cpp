#include "real/tcp/engine.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/errors.h"

namespace tandem::tcp {
namespace {

// A hop between two spinning ranks takes a few microseconds, one that wakes a sleeper some 35.
constexpr double kSpin_s = 50e-6;
// Up to here it is cheaper to try to read than to ask poll first.
constexpr int kMaxTried = 3;
// A deadline that has passed still takes what is here already, but a stream that never ends must not hold it up.
constexpr double kOverrun_s = 1;
constexpr double kLongestPoll_s = 60;
constexpr double kForever_s = 1e9;

}  // namespace

Engine::Engine(Mesh mesh, EngineOptions options)
    : rank_(mesh.rank),
      started_(mesh.started),
      options_(options),
      alarm_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      to_self_(ops_) {
  for (int peer = 0; peer < mesh.size; ++peer) {
    FileDescriptor& socket = mesh.sockets[static_cast<std::size_t>(peer)];
    connections_.push_back(peer == rank_ ? nullptr
                                         : std::make_unique<Connection>(peer, std::move(socket), ops_, started_,
                                                                        options_.rendezvous_sends));
  }
}

double Engine::now() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

Engine::Lock Engine::enter() {
  entering_.fetch_add(1, std::memory_order_relaxed);
  Lock lock(mutex_);
  entering_.fetch_sub(1, std::memory_order_relaxed);
  return lock;
}

// To be called with the lock after anything that others may wait for.
void Engine::announce(std::uint64_t completions_before) {
  if (in_poll_) eventfd_write(alarm_.get(), 1);
  if (sleeping_ > 0 && ops_.completions() != completions_before) changed_.notify_all();
}

Op Engine::isend(Stack& stack, int to, int tag, const Meta& meta, Slice data) {
  if (data.is_phantom() && data.count > 0) broken_invariant("a real world was given a phantom to send");
  const Lock lock = enter();
  const std::uint64_t before = ops_.completions();
  const Slot slot = ops_.add(&stack, true, to, tag, data, now());
  ops_[slot].meta = meta;
  if (to == rank_) {
    to_self_.post_send(slot);
  } else {
    connections_[static_cast<std::size_t>(to)]->post_send(slot);
  }
  announce(before);
  return ops_.describe(slot);
}

Op Engine::irecv(Stack& stack, int from, int tag, Meta* meta, Slice data) {
  if (data.is_phantom() && data.count > 0) broken_invariant("a real world was given a phantom to receive into");
  const Lock lock = enter();
  const std::uint64_t before = ops_.completions();
  const Slot slot = ops_.add(&stack, false, from, tag, data, now());
  ops_[slot].meta_out = meta;
  if (from == rank_) {
    to_self_.post_receive(slot);
  } else {
    connections_[static_cast<std::size_t>(from)]->post_receive(slot);
  }
  announce(before);
  return ops_.describe(slot);
}

bool Engine::any_complete(std::span<const Op> ops) {
  return std::any_of(ops.begin(), ops.end(), [this](const Op& op) {
    if (!op) return false;
    const Slot slot = ops_.find(op);
    if (slot == kNoSlot) broken_invariant(fmt::format("rank {} waits for an op that is retired", rank_));
    return ops_[slot].completed != 0;
  });
}

std::optional<Completion> Engine::take_complete(std::span<const Op> ops) {
  if (!any_complete(ops)) return std::nullopt;
  Slot first = kNoSlot;
  Completion completion;
  for (std::size_t index = 0; index < ops.size(); ++index) {
    if (!ops[index]) continue;
    const Slot slot = ops_.find(ops[index]);
    if (ops_[slot].completed == 0) continue;
    if (first != kNoSlot && ops_[first].completed < ops_[slot].completed) continue;
    first = slot;
    completion.index = index;
  }
  completion.outcome = ops_[first].outcome;
  completion.started_s = ops_[first].started_s;
  completion.detail = std::move(ops_[first].detail);
  ops_.retire(first);
  return completion;
}

Completion Engine::wait_any(Stack& stack, std::span<const Op> ops, double deadline_s) {
  if (std::none_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    broken_invariant(fmt::format("rank {} waits for no op", rank_));
  }
  Lock lock = enter();
  for (bool has_tried = false;; has_tried = true) {
    if (std::optional<Completion> completion = take_complete(ops)) return *std::move(completion);
    if (stack.ending) {
      withdraw_all(lock, stack);
      return {kNoIndex, Outcome::cancelled};
    }
    if (has_tried && now() >= deadline_s) return {kNoIndex, Outcome::deadline_exceeded};
    if (!driven_) {
      drive(lock, &stack, ops, deadline_s);
    } else if (now() < deadline_s) {
      sleep(lock, deadline_s);
    }
  }
}

// Moves bytes, of all stacks, until one of the ops is complete, the deadline has passed or the stack (if one is given)
// is to end.
void Engine::drive(Lock& lock, const Stack* stack, std::span<const Op> ops, double deadline_s) {
  driven_ = true;
  std::uint64_t seen = ops_.completions();
  double now_s = now();
  double spin_until_s = now_s + kSpin_s;
  while (stack == nullptr || !stack->ending) {
    // Here, because from here to the sleep in poll the lock is kept: nothing can complete unseen in between.
    if (ops_.completions() != seen) {
      seen = ops_.completions();
      if (sleeping_ > 0) changed_.notify_all();
      if (any_complete(ops)) break;
    }
    const bool has_moved = now_s < spin_until_s ? move_bytes(lock) : poll_and_move(lock, deadline_s - now_s);
    now_s = now();
    if (now_s >= deadline_s + (has_moved ? kOverrun_s : 0)) break;
    if (has_moved) spin_until_s = now_s + kSpin_s;
    if (!has_moved || entering_.load(std::memory_order_relaxed) > 0) step_aside(lock);
  }
  driven_ = false;
  if (sleeping_ > 0) changed_.notify_all();
}

// Lets other stacks have the lock, and other processes the processor.
void Engine::step_aside(Lock& lock) {
  do {
    lock.unlock();
    sched_yield();
    lock.lock();
  } while (entering_.load(std::memory_order_relaxed) > 0);
}

bool Engine::move_bytes(Lock& lock) {
  const auto readers = std::count_if(connections_.begin(), connections_.end(),
                                     [](const auto& connection) { return connection && connection->wants_to_read(); });
  return readers <= kMaxTried ? try_all() : poll_and_move(lock, 0);
}

bool Engine::try_all() {
  bool has_moved = false;
  for (const auto& connection : connections_) {
    if (!connection) continue;
    if (connection->wants_to_write()) has_moved |= connection->write();
    if (connection->wants_to_read()) has_moved |= connection->read();
  }
  return has_moved;
}

// Waits without the lock, so that other stacks can post; they ring the alarm.
bool Engine::poll_and_move(Lock& lock, double timeout_s) {
  entries_.assign(1, {alarm_.get(), POLLIN, 0});
  polled_.assign(1, nullptr);
  for (const auto& connection : connections_) {
    if (!connection || !(connection->wants_to_read() || connection->wants_to_write())) continue;
    const int events =
        POLLRDHUP | (connection->wants_to_read() ? POLLIN : 0) | (connection->wants_to_write() ? POLLOUT : 0);
    entries_.push_back({connection->socket(), static_cast<short>(events), 0});
    polled_.push_back(connection.get());
  }

  const double capped_s = std::clamp(timeout_s, 0.0, kLongestPoll_s);
  const timespec timeout{static_cast<time_t>(capped_s), static_cast<long>((capped_s - std::floor(capped_s)) * 1e9)};
  in_poll_ = timeout_s > 0;
  if (in_poll_) lock.unlock();
  const int ready = ppoll(entries_.data(), entries_.size(), &timeout, nullptr);
  if (in_poll_) lock.lock();
  in_poll_ = false;
  if (ready <= 0) return false;

  bool has_moved = false;
  if (entries_[0].revents != 0) {
    eventfd_t rings = 0;
    eventfd_read(alarm_.get(), &rings);
  }
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    if (entries_[i].revents == 0) continue;
    Connection& connection = *polled_[i];
    if (connection.wants_to_write()) has_moved |= connection.write();
    if (connection.wants_to_read()) {
      has_moved |= connection.read();
    } else if ((entries_[i].revents & ~POLLOUT) != 0) {
      connection.read_to_the_end();
    }
  }
  return has_moved;
}

bool Engine::withdraw(Slot slot) {
  const bool is_over = ops_[slot].completed != 0;
  if (is_over && (ops_[slot].is_send || ops_[slot].outcome != Outcome::complete)) return true;
  const int peer = ops_[slot].peer;
  if (peer != rank_) return connections_[static_cast<std::size_t>(peer)]->withdraw(slot);
  to_self_.withdraw(slot);
  return true;
}

void Engine::cancel(const Op& op) {
  Lock lock = enter();
  const Slot slot = op ? ops_.find(op) : kNoSlot;
  if (slot == kNoSlot) return;
  const std::uint64_t before = ops_.completions();
  if (!withdraw(slot)) complete_moving_send(lock, slot);
  ops_.retire(slot);
  announce(before);
}

// A peer that does not take the rest of a message in time cannot be sent anything else either.
void Engine::complete_moving_send(Lock& lock, Slot slot) {
  const Op op = ops_.describe(slot);
  const double deadline_s = now() + options_.timeout_s;
  while (ops_[slot].completed == 0) {
    if (now() >= deadline_s) {
      connections_[static_cast<std::size_t>(op.peer)]->fail(
          fmt::format("it took no more of a cancelled message for {:g} s", options_.timeout_s));
    } else if (!driven_) {
      drive(lock, nullptr, {&op, 1}, deadline_s);
    } else {
      sleep(lock, deadline_s);
    }
  }
}

void Engine::sleep(Lock& lock, double deadline_s) {
  const std::chrono::duration<double> until(std::min(deadline_s, kForever_s));
  ++sleeping_;
  changed_.wait_until(lock, started_ + std::chrono::duration_cast<Clock::duration>(until));
  --sleeping_;
}

void Engine::sleep_until(Stack& stack, double time_s) {
  Lock lock = enter();
  while (!stack.ending && now() < time_s) sleep(lock, time_s);
}

void Engine::end(Stack& stack) {
  const Lock lock = enter();
  stack.ending = true;
  if (in_poll_) eventfd_write(alarm_.get(), 1);
  changed_.notify_all();
}

void Engine::withdraw_all(Lock& lock, Stack& stack) {
  for (Slot slot = 0; slot < ops_.slots(); ++slot) {
    if (!ops_[slot].in_use || ops_[slot].stack != &stack) continue;
    if (!withdraw(slot)) complete_moving_send(lock, slot);
    ops_.retire(slot);
  }
}

void Engine::finish(double grace_s) {
  const Lock lock = enter();
  const double deadline_s = now() + grace_s;
  for (const auto& connection : connections_) {
    if (connection) connection->say_goodbye();
  }
  for (;;) {
    entries_.clear();
    for (const auto& connection : connections_) {
      if (!connection || !connection->linger()) continue;
      const int events = POLLIN | (connection->wants_to_write() ? POLLOUT : 0);
      entries_.push_back({connection->socket(), static_cast<short>(events), 0});
    }
    const double left_s = deadline_s - now();
    if (entries_.empty() || left_s <= 0) return;
    poll(entries_.data(), entries_.size(), milliseconds_until(deadline_in(left_s)));
  }
}

}  // namespace tandem::tcp
