#include "sim/activities.h"

#include <utility>

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;

// Idle transfers are a kilobyte each, and there may be a route for every pair of ranks.
constexpr std::size_t kIdleTransfersPerRank = 8;

}  // namespace

Activities::Activities(std::vector<sg::Host*> hosts, EventDigest& digest)
    : hosts_(std::move(hosts)), digest_(digest), idle_computations_(hosts_.size()) {
  sg::Activity::on_completion_cb([this](const sg::Activity& activity) { ended(activity); });
}

Route& Activities::route(int from, int to) {
  const std::uint64_t key = std::uint64_t{static_cast<std::uint32_t>(from)} << 32 | static_cast<std::uint32_t>(to);
  Route& route = routes_[key];
  route.from = hosts_[static_cast<std::size_t>(from)];
  route.to = hosts_[static_cast<std::size_t>(to)];
  return route;
}

void Activities::start(Message& message, Route& route) {
  std::unique_ptr<Transfer> transfer;
  if (route.idle.empty()) {
    transfer = std::make_unique<Transfer>();
    transfer->route = &route;
  } else {
    transfer = std::move(route.idle.back());
    route.idle.pop_back();
    --idle_transfers_;
  }
  transfer->message = &message;
  queued_transfers_.push_back(transfer.release());
  ++under_way_;
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
}

bool Activities::flush(Stack& caller) {
  // SimGrid lets all stacks that are ready run before it carries out what they have asked for. So the first one asks
  // for all of them, which saves the others a change of stacks.
  if (is_start_scheduled_ || (queued_transfers_.empty() && queued_computations_.empty())) return false;
  is_start_scheduled_ = true;
  caller.run_in_kernel([this] { start_queued(); });
  return true;
}

// In SimGrid's kernel: only what is started there is reported by on_completion.
void Activities::start_queued() {
  is_start_scheduled_ = false;
  surplus_.clear();
  for (Transfer* transfer : queued_transfers_) start_transfer(*transfer);
  for (Computation* computation : queued_computations_) start_computation(*computation);
  queued_transfers_.clear();
  queued_computations_.clear();
}

void Activities::start_transfer(Transfer& transfer) {
  if (!transfer.comm) {
    transfer.comm = sg::Comm::sendto_init(transfer.route->from, transfer.route->to);
    transfer.comm->set_data(static_cast<Activity*>(&transfer));
  }
  transfer.comm->set_state(sg::Activity::State::INITED);
  transfer.comm->set_payload_size(transfer.message->data.bytes());
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
  --under_way_;
  Activity& ours = *activity.get_data<Activity>();
  if (ours.kind == Activity::Kind::transfer) {
    ended(static_cast<Transfer&>(ours));
  } else {
    ended(static_cast<Computation&>(ours));
  }
}

void Activities::ended(Transfer& transfer) {
  Message& message = *transfer.message;
  digest_.add({EventKind::transfer, message.from, message.to, message.tag, static_cast<double>(message.data.bytes()),
               sg::Engine::get_clock()});
  std::unique_ptr<Transfer> idle(&transfer);
  if (idle_transfers_ < kIdleTransfersPerRank * hosts_.size()) {
    ++idle_transfers_;
    transfer.route->idle.push_back(std::move(idle));
  } else {
    // SimGrid still uses it when we return.
    surplus_.push_back(std::move(idle));
  }
  on_arrival(message);
}

void Activities::ended(Computation& computation) {
  Stack& stack = *computation.stack;
  digest_.add({EventKind::computation, stack.rank(), stack.rank(), 0, computation.flops, sg::Engine::get_clock()});
  idle_computations_[static_cast<std::size_t>(stack.rank())].emplace_back(&computation);
  stack.is_computing = false;
  stack.wake();
}

}  // namespace tandem::sim
