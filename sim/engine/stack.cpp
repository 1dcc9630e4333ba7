#include "sim/engine/stack.h"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
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

constexpr std::uint64_t kUse = std::uint64_t{1} << 32;  // one more use of a place for an op, in its id

std::size_t index_of(const PostedOp& op, std::span<const Op> ops) {
  const auto found = std::find_if(ops.begin(), ops.end(), [&](const Op& other) { return other.id == op.id; });
  return found == ops.end() ? kNoIndex : static_cast<std::size_t>(found - ops.begin());
}

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

std::string describe(const Op& op, const PostedOp* posted) {
  if (posted == nullptr) return fmt::format("an op that is retired (peer {}, tag {})", op.peer, op.tag);
  const std::size_t count = posted->data.count;
  return op.is_send ? fmt::format("rank {} to take {} values (tag {})", posted->peer, count, posted->tag)
                    : fmt::format("{} values from rank {} (tag {})", count, posted->peer, posted->tag);
}

}  // namespace

void Stack::begin(int rank, std::string name, const double& host_stands_until_s) {
  rank_ = rank;
  host_stands_until_s_ = &host_stands_until_s;
  name_ = std::move(name);
  is_cancelled_ = false;
  has_ended_ = false;
  joined_by = nullptr;
}

PostedOp& Stack::post(Op& op) {
  if (free_ops_.empty()) {
    free_ops_.push_back(&ops_.emplace_back());
    ops_.back().id = ops_.size();
  }
  PostedOp& posted = *free_ops_.back();
  free_ops_.pop_back();
  posted.stack = this;
  posted.id += kUse;
  posted.is_posted = true;
  posted.is_complete = false;
  posted.is_send = op.is_send;
  posted.peer = op.peer;
  posted.tag = op.tag;
  op.id = posted.id;
  return posted;
}

PostedOp* Stack::find(const Op& op) {
  const std::uint64_t place = op.id % kUse - 1;
  if (place >= ops_.size()) return nullptr;
  PostedOp& posted = ops_[place];
  return posted.is_posted && posted.id == op.id ? &posted : nullptr;
}

void Stack::complete(PostedOp& op, Outcome outcome, double started_s, std::string detail) {
  op.is_complete = true;
  op.completion = ++completions_;
  op.outcome = outcome;
  op.started_s = started_s;
  op.detail = std::move(detail);
  completed_.push_back(op);
  if (waiting_ != Waiting::for_ops) return;
  woken_by_ = index_of(op, awaited_ops_);
  if (woken_by_ != kNoIndex) wake();
}

void Stack::retire(PostedOp& op) {
  if (op.is_complete) completed_.erase(completed_.iterator_to(op));
  op.is_posted = false;
  op.channel = nullptr;
  op.message = nullptr;
  op.rounds = nullptr;
  op.meta_target = nullptr;
  op.detail.clear();
  free_ops_.push_back(&op);
}

// A server waits for two thousand ops at once, so they are looked at only when one of them is complete.
std::size_t Stack::first_complete(std::span<const Op> ops) {
  if (completed_.empty()) return kNoIndex;
  // What completed first of all is mostly waited for first, too.
  const std::size_t oldest = index_of(completed_.front(), ops);
  if (oldest != kNoIndex) return oldest;

  std::size_t first = kNoIndex;
  std::uint64_t first_completion = 0;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const PostedOp* posted = ops[i] ? find(ops[i]) : nullptr;
    if (posted == nullptr || !posted->is_complete) continue;
    if (first != kNoIndex && posted->completion > first_completion) continue;
    first = i;
    first_completion = posted->completion;
  }
  return first;
}

std::size_t Stack::await_completion(std::span<const Op> ops, double deadline_s) {
  awaited_ops_ = ops;
  woken_by_ = kNoIndex;
  block(Waiting::for_ops, deadline_s);
  // Woken by something else at the date of a completion?
  return woken_by_ != kNoIndex ? woken_by_ : first_complete(ops);
}

void Stack::block(Waiting reason, double deadline_s) {
  rest(reason, deadline_s);
  while (*host_stands_until_s_ > simgrid::s4u::Engine::get_clock()) rest(Waiting::for_time, *host_stands_until_s_);
}

void Stack::rest(Waiting reason, double deadline_s) {
  deadline_s_ = deadline_s;
  if (!std::isinf(deadline_s)) arm_timer(deadline_s);
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
    if (!op) continue;
    if (waits.size() == kOpsDescribed) {
      waits.push_back("...");
      break;
    }
    waits.push_back(describe(op, find(op)));
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
