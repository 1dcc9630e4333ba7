#include "sim/engine/endpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <simgrid/s4u/Engine.hpp>
#include <utility>

#include "core/errors.h"

namespace tandem::sim {
namespace {

class SimTask : public Task {
 public:
  SimTask(Simulation& simulation, Stack& parent, Stack& stack)
      : simulation_(simulation), parent_(parent), stack_(stack) {
    parent_.spawned.push_back(&stack_);
  }

  ~SimTask() override {
    if (simulation_.is_torn_down()) return;
    if (!stack_.has_ended()) stack_.cancel();
    join();
    std::erase(parent_.spawned, &stack_);
    simulation_.reuse(stack_);
  }

  void join() override {
    stack_.joined_by = &parent_;
    while (!stack_.has_ended()) parent_.block(Stack::Waiting::for_stack, kNoDeadline);
  }

 private:
  Simulation& simulation_;
  Stack& parent_;
  Stack& stack_;
};

}  // namespace

PostedOp& SimEndpoint::post(Op& op, Slice data) {
  if (op.peer < 0 || op.peer >= size()) {
    broken_invariant(fmt::format("rank {} names rank {} among {} ranks", rank(), op.peer, size()));
  }
  if (data.is_phantom() && data.count > 0 && simulation_.options().payload == Payload::numeric) {
    broken_invariant(fmt::format("rank {} posts a phantom slice in a numeric run", rank()));
  }
  PostedOp& posted = stack_.post(op);
  posted.data = data;
  return posted;
}

// The processor's part of messages to or from another rank.
void SimEndpoint::handle_messages(int peer, std::uint32_t count) {
  const double overhead_s = simulation_.options().cluster.message_overhead_s * count;
  if (overhead_s > 0 && peer != rank()) simulation_.activities().compute(stack_, overhead_s * host_speed_.flops_per_s);
}

Op SimEndpoint::isend(int to, int tag, const Meta& meta, Slice data) {
  handle_messages(to, 1);
  Op op{.peer = to, .tag = tag, .is_send = true, .count = data.count, .element = data.element};
  simulation_.matching().post_send(post(op, data), meta);
  return op;
}

RoundsPlayer* SimEndpoint::rounds_player() {
  return simulation_.options().fidelity == Fidelity::coarse ? this : nullptr;
}

int SimEndpoint::rounds_together(const RoundsAt& at) {
  const int rounds = simulation_.round_plan().rounds_together(at, rank(), now());
  if (rounds > 1 && has_values()) simulation_.round_values().place(at).begin();
  return rounds;
}

void SimEndpoint::add_round(const RoundsAt& at, const RoundParts& parts) {
  if (has_values()) simulation_.round_values().place(at).add(parts);
}

Op SimEndpoint::isend_rounds(int to, Slice data, const RoundsAt& at, int rounds) {
  handle_messages(to, static_cast<std::uint32_t>(rounds));
  Op op{.peer = to, .tag = at.pattern.tag, .is_send = true, .count = data.count, .element = data.element};
  PostedOp& posted = stack_.post(op);
  posted.data = data;
  simulation_.matching().post_rounds(posted, at, rounds,
                                     has_values() ? &simulation_.round_values().place(at) : nullptr);
  return op;
}

Op SimEndpoint::irecv_rounds(int from, Slice data, const RoundsAt& at) {
  Op op{.peer = from, .tag = at.pattern.tag, .is_send = false, .count = data.count, .element = data.element};
  PostedOp& posted = stack_.post(op);
  posted.data = data;
  posted.adds = true;
  posted.rounds = has_values() ? &simulation_.round_values().place(at) : nullptr;
  simulation_.matching().post_receive(posted);
  return op;
}

Op SimEndpoint::irecv(int from, int tag, Meta* meta, Slice data, Reception reception) {
  Op op{.peer = from, .tag = tag, .is_send = false, .count = data.count, .element = data.element};
  PostedOp& posted = post(op, data);
  posted.meta_target = meta;
  posted.adds = reception == Reception::add;
  simulation_.matching().post_receive(posted);
  return op;
}

Completion SimEndpoint::wait_any(std::span<const Op> ops, double deadline_s) {
  // Nobody is late while this host itself stands still.
  const double stood_still_s = simulation_.stood_still_s(rank());
  const auto deadline = [&] { return deadline_s + simulation_.stood_still_s(rank()) - stood_still_s; };
  for (std::size_t index = stack_.first_complete(ops);; index = stack_.await_completion(ops, deadline())) {
    if (stack_.is_cancelled()) return {.outcome = Outcome::cancelled};
    if (index != kNoIndex) {
      PostedOp& posted = *stack_.find(ops[index]);
      Completion completion{index, posted.outcome, posted.started_s, std::move(posted.detail)};
      const bool is_received = !posted.is_send && completion.outcome == Outcome::complete;
      stack_.retire(posted);
      if (is_received) handle_messages(ops[index].peer, ops[index].messages);
      return completion;
    }
    if (now() >= deadline())
      return {.outcome = Outcome::deadline_exceeded, .detail = std::exchange(stack_.silence, {})};
  }
}

void SimEndpoint::cancel(const Op& op) {
  if (simulation_.is_torn_down()) return;
  if (PostedOp* posted = stack_.find(op)) simulation_.matching().cancel(*posted);
}

void SimEndpoint::compute(const Work& work, const std::function<void()>& body) {
  if (simulation_.options().payload == Payload::numeric) body();

  Work charged = work;
  charged.memory_bytes *= simulation_.options().wire_bytes_per_value / kBytesPerValue;
  const double flops = host_speed_.seconds_of(charged) * host_speed_.flops_per_s;
  if (flops > 0) simulation_.activities().compute(stack_, flops);
}

double SimEndpoint::now() { return simgrid::s4u::Engine::get_clock(); }

void SimEndpoint::sleep_until(double time_s) {
  while (now() < time_s && !stack_.is_cancelled()) stack_.block(Stack::Waiting::for_time, time_s);
}

std::unique_ptr<Task> SimEndpoint::spawn(std::string name, std::function<void(Endpoint&)> stack) {
  if (name.empty()) name = "second stack";
  Stack& spawned = simulation_.start_stack(rank(), std::move(name), std::move(stack));
  return std::make_unique<SimTask>(simulation_, stack_, spawned);
}

}  // namespace tandem::sim
