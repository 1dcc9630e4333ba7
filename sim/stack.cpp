#include "sim/stack.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/simix.hpp>
#include <utility>

#include "core/errors.h"

namespace tandem::sim {
namespace {

constexpr std::size_t kOpsDescribed = 4;

// The C++ runtime keeps the exceptions that are being handled per thread, but all stacks share one thread. A stack that
// waits inside a catch block or while unwinding takes them along, or it would find those of another stack afterwards.
// The layout is fixed by the C++ ABI: a pointer and a counter.
class ExceptionsInFlight {
 public:
  ExceptionsInFlight() {
    void* globals = abi::__cxa_get_globals();
    std::memcpy(&mine_, globals, sizeof mine_);
    std::memset(globals, 0, sizeof mine_);
  }
  // Not a destructor: a stack that is killed must unwind with what the kill itself has thrown.
  void bring_back() {
    void* globals = abi::__cxa_get_globals();
    std::memcpy(globals, &mine_, sizeof mine_);
  }

 private:
  struct State {
    void* caught;
    unsigned int uncaught;
  };
  State mine_;
};

}  // namespace

void Stack::begin(int rank, std::string name) {
  rank_ = rank;
  name_ = std::move(name);
  is_cancelled_ = false;
  has_ended_ = false;
  joined_by = nullptr;
}

PostedOp& Stack::post(Op& op) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(ops_.size()));
    ops_.emplace_back();
    progress_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  PostedOp& posted = ops_[slot];
  posted.stack = this;
  posted.slot = slot;
  posted.is_posted = true;
  posted.is_complete = false;
  posted.is_send = op.is_send;
  posted.peer = op.peer;
  posted.tag = op.tag;
  op.id = std::uint64_t{progress_[slot].generation} << 32 | (slot + 1u);
  return posted;
}

PostedOp* Stack::find(const Op& op) {
  const std::uint64_t slot = (op.id & 0xffffffffu) - 1;
  if (slot >= progress_.size() || progress_[slot].generation != op.id >> 32) return nullptr;
  return &ops_[slot];
}

void Stack::complete(PostedOp& op, Outcome outcome, double started_s, std::string detail) {
  op.is_complete = true;
  op.outcome = outcome;
  op.started_s = started_s;
  op.detail = std::move(detail);
  Progress& progress = progress_[op.slot];
  progress.completion = ++completions_;
  if (progress.awaited_by != waits_) return;
  if (first_completed_ == kNoIndex) first_completed_ = progress.index;
  if (waiting_ == Waiting::for_ops) wake();
}

void Stack::retire(PostedOp& op) {
  op.is_posted = false;
  op.channel = nullptr;
  op.message = nullptr;
  op.detail.clear();
  Progress& progress = progress_[op.slot];
  progress.completion = 0;
  ++progress.generation;
  free_slots_.push_back(op.slot);
}

std::size_t Stack::first_complete(std::span<const Op> ops) {
  ++waits_;
  first_completed_ = kNoIndex;
  std::size_t first = kNoIndex;
  std::uint64_t first_completion = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if (!ops[i]) continue;
    const std::uint64_t slot = (ops[i].id & 0xffffffffu) - 1;
    if (slot >= progress_.size() || progress_[slot].generation != ops[i].id >> 32) {
      broken_invariant(fmt::format("rank {} at {:.6g} s waits for an op that is retired (peer {}, tag {})", rank_,
                                   simgrid::s4u::Engine::get_clock(), ops[i].peer, ops[i].tag));
    }
    Progress& progress = progress_[slot];
    progress.awaited_by = waits_;
    progress.index = static_cast<std::uint32_t>(i);
    if (progress.completion == 0 || (first != kNoIndex && progress.completion > first_completion)) continue;
    first = i;
    first_completion = progress.completion;
  }
  return first;
}

void Stack::block(Waiting reason, double deadline_s, std::span<const Op> ops) {
  deadline_s_ = deadline_s;
  if (!std::isinf(deadline_s)) arm_timer(deadline_s);
  awaited_ops_ = ops;
  waiting_since_s_ = simgrid::s4u::Engine::get_clock();
  silence.clear();
  waiting_ = reason;
  ExceptionsInFlight exceptions;
  simgrid::s4u::this_actor::suspend();
  exceptions.bring_back();
}

void Stack::wake() {
  if (waiting_ == Waiting::no) return;
  waiting_ = Waiting::no;
  if (!simgrid::s4u::Actor::is_maestro()) {
    ExceptionsInFlight exceptions;
    actor_->resume();
    exceptions.bring_back();
    return;
  }
  actor_->resume();
}

bool Stack::goes_on_by_itself() const { return !has_ended_ && (waiting_ == Waiting::no || std::isfinite(deadline_s_)); }

void Stack::run_in_kernel(const std::function<void()>& action) {
  ExceptionsInFlight exceptions;
  simgrid::kernel::actor::simcall_answered(action);
  exceptions.bring_back();
}

// Nearly every wait has a deadline that never comes. So a timer is not taken back when its wait ends: when it fires it
// looks at what the stack waits for by then.
void Stack::arm_timer(double date_s) {
  if (timer_ != nullptr && timer_date_s_ <= date_s) return;
  if (timer_ != nullptr) timer_->remove();
  timer_date_s_ = date_s;
  timer_ = simgrid::kernel::timer::Timer::set(date_s, [this] { timer_fired(); });
}

void Stack::timer_fired() {
  timer_ = nullptr;
  if (waiting_ == Waiting::no || std::isinf(deadline_s_)) return;
  if (deadline_s_ > simgrid::s4u::Engine::get_clock()) {
    arm_timer(deadline_s_);
    return;
  }
  if (waiting_ == Waiting::for_ops) silence = explain_silence();
  wake();
}

std::string Stack::describe_wait() {
  const std::string who = name_.empty() ? fmt::format("rank {}", rank_) : fmt::format("rank {} ({})", rank_, name_);
  const std::string since = fmt::format("since {:.6g} s", waiting_since_s_);
  if (waiting_ == Waiting::for_stack) return fmt::format("{} waits for a stack of its own {}", who, since);
  if (waiting_ == Waiting::for_time) return fmt::format("{} sleeps {}", who, since);
  if (waiting_ == Waiting::for_computation) return fmt::format("{} computes {}", who, since);

  std::vector<std::string> waits;
  for (const Op& op : awaited_ops_) {
    const PostedOp* posted = op ? find(op) : nullptr;
    if (posted == nullptr) continue;
    if (waits.size() == kOpsDescribed) {
      waits.push_back("...");
      break;
    }
    waits.push_back(
        posted->is_send
            ? fmt::format("rank {} to take {} values (tag {})", posted->peer, posted->data.count, posted->tag)
            : fmt::format("{} values from rank {} (tag {})", posted->data.count, posted->peer, posted->tag));
  }
  return fmt::format("{} waits for {} {}", who, fmt::join(waits, ", "), since);
}

void Stack::cancel() {
  is_cancelled_ = true;
  for (Stack* stack : spawned) stack->cancel();
  wake();
}

void Stack::end() {
  has_ended_ = true;
  // A timer that is left would keep the simulated clock running after the last stack has ended.
  if (timer_ != nullptr) timer_->remove();
  timer_ = nullptr;
  actor_.reset();  // SimGrid frees the memory of its stack when nobody refers to it
  if (joined_by != nullptr) joined_by->wake();
}

}  // namespace tandem::sim
