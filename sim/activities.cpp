#include "sim/activities.h"

#include <simgrid/kernel/Timer.hpp>
#include <utility>

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// Idle transfers are a kilobyte each, and there may be a route for every pair of ranks.
constexpr std::size_t kIdleTransfersPerRank = 8;

}  // namespace

Activities::Activities(Platform platform, EventDigest& digest)
    : hosts_(std::move(platform.hosts)),
      latency_s_(std::move(platform.latency_s)),
      digest_(digest),
      idle_computations_(hosts_.size()) {
  sg::Activity::on_completion_cb([this](const sg::Activity& activity) { ended(activity); });
}

Route& Activities::route(int from, int to) {
  const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
  const auto [found, is_new] = routes_.try_emplace(key);
  Route& route = found->second;
  if (!is_new) return route;
  route.from_rank = from, route.to_rank = to;
  route.latency_s = latency_s_(from, to);
  route.from = hosts_[static_cast<std::size_t>(from)];
  route.to = hosts_[static_cast<std::size_t>(to)];
  return route;
}

std::vector<Carried> Activities::carried() const {
  std::vector<Carried> carried;
  for (const auto& [key, route] : routes_) carried.push_back({route.from_rank, route.to_rank, route.bytes_carried});
  return carried;
}

void Activities::start(Message& message, Route& route) {
  ++under_way_;
  const double date_s = sg::Engine::get_clock() + route.latency_s;
  std::vector<Departure>& departures = latency_ends_[date_s];
  if (departures.empty()) {
    simgrid::kernel::timer::Timer::set(date_s, [this, date_s] { latency_has_passed(date_s); });
  }
  departures.push_back({&message, &route});
}

void Activities::compute(Stack& stack, double flops) {
  auto& idle = idle_computations_[static_cast<std::size_t>(stack.rank())];
  if (idle.empty()) idle.push_back(std::make_unique<Computation>());
  Computation* computation = idle.back().release();
  idle.pop_back();
  computation->stack = &stack;
  computation->flops = flops;
  stack.is_computing = true;
  queued_computations_.push_back(computation);
  ++under_way_;
  // SimGrid lets all stacks that are ready run before it carries out what they have asked for. So the first one asks
  // for all of them, which saves the others a change of stacks.
  if (queued_computations_.size() == 1) stack.run_in_kernel([this] { start_computations(); });
  while (stack.is_computing) stack.block(Stack::Waiting::for_computation, kNoDeadline);
}

// In SimGrid's kernel, as timers are: only what is started there is reported by on_completion.
void Activities::start_computations() {
  for (Computation* computation : queued_computations_) start_computation(*computation);
  queued_computations_.clear();
}

void Activities::latency_has_passed(double date_s) {
  surplus_.clear();
  const auto departures = latency_ends_.extract(date_s);
  for (const Departure& departure : departures.mapped()) depart(departure);
}

void Activities::depart(const Departure& departure) {
  const auto& [message, route] = departure;
  if (message->data.count == 0) {
    arrive(*message);
    return;
  }
  if (route->idle.empty()) {
    route->idle.push_back(std::make_unique<Transfer>());
    ++idle_transfers_;
  }
  Transfer& transfer = *route->idle.back().release();
  route->idle.pop_back();
  --idle_transfers_;
  transfer.message = message;
  transfer.route = route;
  if (!transfer.comm) {
    transfer.comm = sg::Comm::sendto_init(route->from, route->to);
    transfer.comm->set_data(static_cast<Activity*>(&transfer));
  }
  transfer.comm->set_state(sg::Activity::State::INITED);
  transfer.comm->set_payload_size(message->data.bytes());
  transfer.comm->start();
}

void Activities::start_computation(Computation& computation) {
  if (!computation.exec) {
    computation.exec = sg::Exec::init();
    computation.exec->set_host(hosts_[static_cast<std::size_t>(computation.stack->rank())]);
    computation.exec->set_data(static_cast<Activity*>(&computation));
  }
  computation.exec->set_state(sg::Activity::State::INITED);
  computation.exec->set_flops_amount(computation.flops);
  computation.exec->start();
}

void Activities::ended(const sg::Activity& activity) {
  Activity& ours = *activity.get_data<Activity>();
  if (ours.kind == Activity::Kind::transfer) {
    ended(static_cast<Transfer&>(ours));
  } else {
    ended(static_cast<Computation&>(ours));
  }
}

void Activities::ended(Transfer& transfer) {
  Message& message = *transfer.message;
  transfer.route->bytes_carried += static_cast<double>(message.data.bytes());
  std::unique_ptr<Transfer> idle(&transfer);
  if (idle_transfers_ < kIdleTransfersPerRank * hosts_.size()) {
    ++idle_transfers_;
    transfer.route->idle.push_back(std::move(idle));
  } else {
    // SimGrid still uses it when we return.
    surplus_.push_back(std::move(idle));
  }
  arrive(message);
}

void Activities::ended(Computation& computation) {
  --under_way_;
  Stack& stack = *computation.stack;
  digest_.add({EventKind::computation, stack.rank(), stack.rank(), 0, computation.flops, sg::Engine::get_clock()});
  idle_computations_[static_cast<std::size_t>(stack.rank())].emplace_back(&computation);
  stack.is_computing = false;
  stack.wake();
}

void Activities::arrive(Message& message) {
  --under_way_;
  digest_.add({EventKind::transfer, message.from, message.to, message.tag, static_cast<double>(message.data.bytes()),
               sg::Engine::get_clock()});
  on_arrival(message);
}

}  // namespace tandem::sim
