#include "sim/engine/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <simgrid/s4u.hpp>
#include <utility>

#include "core/errors.h"
#include "core/rank_died.h"
#include "sim/engine/endpoint.h"
#include "sim/network/platform.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

constexpr std::size_t kStacksNamed = 16;

}  // namespace

Simulation::Simulation(const WorldOptions& options, Platform platform)
    : options_(options),
      platform_(std::move(platform)),
      hosts_(static_cast<std::size_t>(options.ranks)),
      activities_(platform_, options.cluster.network.model, options.wire_bytes_per_value / kBytesPerValue,
                  options.flows, digest_),
      matching_(options.ranks, options.rendezvous_sends, options.cluster.network.send_buffer_bytes, activities_),
      round_plan_(options.cluster.network.slowdowns, AlikeLinks(options.cluster.network, platform_.interconnect),
                  activities_) {
  *platform_.is_alive = [this] { return is_alive(); };
  activities_.on_arrival = [this](Message& message) { matching_.arrived(message); };
  sg::Engine::on_deadlock_cb([this] { tear_down(); });
}

WorldReport Simulation::run(const RankBody& body) {
  for (int rank = 0; rank < options_.ranks; ++rank) start_stack(rank, "", body);
  for (const BackgroundFlow& flow : options_.cluster.network.background) activities_.add_background(flow);
  for (const PacketLoss& loss : options_.cluster.network.losses) {
    if (loss.is_outage()) activities_.add_outage(loss);
  }
  sg::Engine::get_instance()->run();
  if (!first_failure_.empty()) throw RunFailed(first_failure_);
  if (!deadlock_.empty()) throw RunFailed(deadlock_);
  check_links(options_, platform_, activities_.carried(), ended_s_);
  return {.event_digest = digest_.finish()};
}

bool Simulation::is_alive() const {
  return activities_.is_anything_under_way() ||
         std::any_of(stacks_.begin(), stacks_.end(), [](const Stack& stack) { return stack.goes_on_by_itself(); });
}

Stack& Simulation::start_stack(int rank, std::string name, std::function<void(Endpoint&)> body) {
  const bool is_main = name.empty();
  Stack& stack = free_stack();
  stack.begin(rank, std::move(name), hosts_[static_cast<std::size_t>(rank)].stands_until_s);
  stack.set_actor(
      sg::Actor::create(fmt::format("rank-{}", rank), platform_.hosts[static_cast<std::size_t>(rank)],
                        [this, &stack, is_main, body = std::move(body)] { run_stack(stack, is_main, body); }));
  return stack;
}

Stack& Simulation::free_stack() {
  if (!free_stacks_.empty()) {
    Stack& stack = *free_stacks_.back();
    free_stacks_.pop_back();
    return stack;
  }
  Stack& stack = stacks_.emplace_back();
  stack.explain_silence = [this] {
    return activities_.is_anything_under_way() ? std::string() : "nothing moves: " + blocked_stacks();
  };
  return stack;
}

void Simulation::run_stack(Stack& stack, bool is_main, const std::function<void(Endpoint&)>& body) {
  std::string error;
  bool has_died = false;
  try {
    SimEndpoint endpoint(*this, stack);
    body(endpoint);
  } catch (const RankDied&) {
    has_died = true;
  } catch (const DeadlineExceeded& failure) {
    error = failure.what() + activities_.standstill().text();
  } catch (const std::exception& failure) {
    error = failure.what();
    if (error.empty()) error = "an error without a text";
  }
  // First what it has under way: afterwards nobody must wait for that.
  matching_.withdraw_all(stack);
  if (has_died) {
    matching_.end_rank(stack.rank(), true,
                       fmt::format("rank {} died at {:.6g} s", stack.rank(), sg::Engine::get_clock()));
  }
  if (is_main || !error.empty()) end_rank(stack.rank(), error);
  stack.end();
  ended_s_ = sg::Engine::get_clock();
  if (is_main && ++ranks_ended_ == options_.ranks) activities_.end_background();
}

void Simulation::hang(Stack& stack, double lasts_s) {
  Host& host = hosts_[static_cast<std::size_t>(stack.rank())];
  const double until_s = sg::Engine::get_clock() + lasts_s;
  host.stands_until_s = until_s;
  activities_.stop_host(stack.rank());
  while (sg::Engine::get_clock() < until_s) stack.block(Stack::Waiting::for_time, until_s);
  host.stood_still_s += lasts_s;
  activities_.start_host(stack.rank());
}

void Simulation::end_rank(int rank, const std::string& error) {
  if (error.empty()) {
    matching_.end_rank(rank, false, fmt::format("rank {} has already ended", rank));
    return;
  }
  const std::string why = fmt::format("rank {} failed at {:.6g} s: {}", rank, sg::Engine::get_clock(), error);
  if (first_failure_.empty()) first_failure_ = why;
  matching_.end_rank(rank, true, why);
}

// SimGrid has found that nothing can happen any more, and will kill all stacks next. Those that were spawned unwind
// first, because they may refer to what their parents hold.
void Simulation::tear_down() {
  is_torn_down_ = true;
  deadlock_ = fmt::format("deadlock at {:.6g} s: {}", sg::Engine::get_clock(), blocked_stacks());
  for (auto stack = stacks_.rbegin(); stack != stacks_.rend(); ++stack) {
    if (!stack->has_ended()) stack->kill();
  }
}

std::string Simulation::blocked_stacks() {
  std::vector<std::string> texts;
  std::size_t more = 0;
  for (Stack& stack : stacks_) {
    if (stack.has_ended() || !stack.is_blocked()) continue;
    if (texts.size() < kStacksNamed) {
      texts.push_back(stack.describe_wait());
    } else {
      ++more;
    }
  }
  return fmt::format("{}{}", fmt::join(texts, "; "), more == 0 ? "" : fmt::format("; and {} more", more));
}

}  // namespace tandem::sim
