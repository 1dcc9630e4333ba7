#include "real/engine.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "core/errors.h"
#include "real/hang.h"

namespace tandem::real {
namespace {

// What has arrived by the deadline is still taken, but an endless stream must not delay the return for longer than
// this.
constexpr double kOverrun_s = 1;
constexpr double kForever_s = 1e9;
constexpr double kNever_s = std::numeric_limits<double>::infinity();

}  // namespace

Engine::Engine(int rank, int size, Clock::time_point started, double timeout_s)
    : rank_(rank), size_(size), started_(started), timeout_s_(timeout_s), to_self_(ops_) {}

double Engine::now() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

Engine::Lock Engine::enter() {
  entering_.fetch_add(1, std::memory_order_relaxed);
  Lock lock(mutex_);
  entering_.fetch_sub(1, std::memory_order_relaxed);
  return lock;
}

// Call it with the lock held after anything that other stacks may wait for.
void Engine::announce(std::uint64_t completions_before) {
  wake();
  if (sleeping_ > 0 && ops_.completions() != completions_before) changed_.notify_all();
}

// What a peer has sent may lie in the kernel, where nobody has looked while the rank computed. Who sends something to
// itself asks for what has come by now.
void Engine::take_what_has_come(Lock& lock) {
  constexpr int kMostPasses = 16;  // an endless stream must not delay the return
  for (int pass = 0; pass < kMostPasses && !driven_ && progress(lock, 0, 0); ++pass) continue;
}

Op Engine::isend(EngineStack& stack, int to, int tag, const Meta& meta, Slice data) {
  if (data.is_phantom() && data.count > 0) broken_invariant("a real world was given a phantom to send");
  Lock lock = enter();
  if (to == rank_) take_what_has_come(lock);
  const std::uint64_t before = ops_.completions();
  const Slot slot = ops_.add(&stack, true, to, tag, data, now());
  ops_[slot].meta = meta;
  if (to == rank_) {
    to_self_.post_send(slot);
  } else {
    post_send(slot);
  }
  announce(before);
  return ops_.describe(slot);
}

Op Engine::irecv(EngineStack& stack, int from, int tag, Meta* meta, Slice data, Reception reception) {
  if (data.is_phantom() && data.count > 0) broken_invariant("a real world was given a phantom to receive into");
  const Lock lock = enter();
  const std::uint64_t before = ops_.completions();
  const Slot slot = ops_.add(&stack, false, from, tag, data, now());
  ops_[slot].meta_out = meta;
  ops_[slot].adds = reception == Reception::add;
  if (from == rank_) {
    to_self_.post_receive(slot);
  } else {
    post_receive(slot);
  }
  announce(before);
  return ops_.describe(slot);
}

// When the first of these ops can be returned: 0 is now, except for a receive whose message is held back. kNever_s
// where none has completed.
double Engine::next_complete_s(std::span<const Op> ops) {
  double next_s = kNever_s;
  for (const Op& op : ops) {
    if (!op) continue;
    const Slot slot = ops_.find(op);
    if (slot == kNoSlot) broken_invariant(fmt::format("rank {} waits for an op that is retired", rank_));
    if (ops_[slot].completed != 0) next_s = std::min(next_s, ops_[slot].held_until_s);
  }
  return next_s;
}

std::optional<Completion> Engine::take_complete(std::span<const Op> ops) {
  const double next_s = next_complete_s(ops);
  if (next_s == kNever_s || (next_s > 0 && next_s > now())) return std::nullopt;
  Slot first = kNoSlot;
  Completion completion;
  for (std::size_t index = 0; index < ops.size(); ++index) {
    if (!ops[index]) continue;
    const Slot slot = ops_.find(ops[index]);
    if (ops_[slot].completed == 0 || ops_[slot].held_until_s > next_s) continue;
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

Completion Engine::wait_any(EngineStack& stack, std::span<const Op> ops, double deadline_s) {
  if (std::none_of(ops.begin(), ops.end(), [](const Op& op) { return static_cast<bool>(op); })) {
    broken_invariant(fmt::format("rank {} waits for no op", rank_));
  }
  Lock lock = enter();
  for (bool has_tried = false;; has_tried = true) {
    if (std::optional<Completion> completion = take_complete(ops)) return *std::move(completion);
    if (stack.ending) {
      withdraw_all(lock, &stack);
      return {kNoIndex, Outcome::cancelled};
    }
    if (has_tried && now() >= deadline_s) return {kNoIndex, Outcome::deadline_exceeded};
    if (!driven_) {
      drive(lock, &stack, ops, deadline_s);
    } else if (now() < deadline_s) {
      sleep(lock, std::min(deadline_s, next_complete_s(ops)));
    }
  }
}

// Moves the messages of all stacks until one of `ops` is complete, the deadline has passed, or the stack (if one is
// given) is to end.
void Engine::drive(Lock& lock, const EngineStack* stack, std::span<const Op> ops, double deadline_s) {
  driven_ = true;
  std::uint64_t seen = ops_.completions();
  double next_s = next_complete_s(ops);
  double now_s = now();
  double idle_since_s = now_s;
  while (stack == nullptr || !stack->ending) {
    // The lock is released below, and another stack may then have completed something.
    if (ops_.completions() != seen) {
      seen = ops_.completions();
      if (sleeping_ > 0) changed_.notify_all();
      next_s = next_complete_s(ops);
    }
    if (next_s <= now_s) break;
    const bool has_moved = progress(lock, now_s - idle_since_s, std::min(deadline_s, next_s) - now_s);
    now_s = now();
    if (now_s >= deadline_s + (has_moved ? kOverrun_s : 0)) break;
    if (has_moved) idle_since_s = now_s;
    if (!has_moved || entering_.load(std::memory_order_relaxed) > 0) yield(lock);
  }
  driven_ = false;
  if (sleeping_ > 0) changed_.notify_all();
}

// Gives the lock to other stacks, and the processor to other processes.
void Engine::yield(Lock& lock) {
  do {
    lock.unlock();
    sched_yield();
    lock.lock();
  } while (entering_.load(std::memory_order_relaxed) > 0);
}

bool Engine::withdraw(Slot slot) {
  const bool is_over = ops_[slot].completed != 0;
  // Values that were added cannot be given back.
  if (is_over && (ops_[slot].is_send || ops_[slot].adds || ops_[slot].outcome != Outcome::complete)) return true;
  if (ops_[slot].peer != rank_) return withdraw_posted(slot);
  to_self_.withdraw(slot);
  return true;
}

void Engine::cancel(const Op& op) {
  Lock lock = enter();
  const Slot slot = op ? ops_.find(op) : kNoSlot;
  if (slot == kNoSlot) return;
  const std::uint64_t before = ops_.completions();
  while (!withdraw(slot)) complete_moving(lock, slot);
  ops_.retire(slot);
  announce(before);
}

void Engine::complete_moving(Lock& lock, Slot slot) {
  const Op op = ops_.describe(slot);
  const double deadline_s = now() + timeout_s_;
  while (ops_[slot].completed == 0) {
    if (now() >= deadline_s) {
      give_up(slot);
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

void Engine::sleep_until(EngineStack& stack, double time_s) {
  Lock lock = enter();
  while (!stack.ending && now() < time_s) sleep(lock, time_s);
}

void Engine::hang(double lasts_s) {
  stopped_s_ += lasts_s;
  stop_this_process_for(lasts_s);
}

void Engine::end(EngineStack& stack) {
  const Lock lock = enter();
  stack.ending = true;
  wake();
  changed_.notify_all();
}

void Engine::withdraw_all(Lock& lock, const EngineStack* stack) {
  for (Slot slot = 0; slot < ops_.slots(); ++slot) {
    if (!ops_[slot].in_use || (stack != nullptr && ops_[slot].stack != stack)) continue;
    while (!withdraw(slot)) complete_moving(lock, slot);
    ops_.retire(slot);
  }
}

}  // namespace tandem::real
