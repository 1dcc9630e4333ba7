#include "sim/engine/activities.h"

#include <algorithm>
#include <cmath>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/kernel/resource/Model.hpp>
#include <utility>

#include "sim/engine/dates.h"

namespace tandem::sim {
namespace {

namespace sg = simgrid::s4u;
namespace timer = simgrid::kernel::timer;

std::vector<double> flops_per_s(const std::vector<sg::Host*>& hosts) {
  std::vector<double> speeds;
  for (const sg::Host* host : hosts) speeds.push_back(host->get_speed());
  return speeds;
}

bool has_bytes(const Transfer& transfer) { return transfer.message->data.count > 0 && !transfer.route->path.empty(); }

}  // namespace

// SimGrid asks its models when their next event is, moves its clock, and tells them.
class Activities::MessageModel : public simgrid::kernel::resource::Model {
 public:
  MessageModel(Activities& activities, bool links_have_profiles)
      : Model("messages"), activities_(activities), links_have_profiles_(links_have_profiles) {}

  // So it is asked after all others, and told in how many seconds their next event is; less than 0: they have none.
  bool next_occurring_event_is_idempotent() override { return false; }

  double next_occurring_event(double others_s) override {
    const double now_s = sg::Engine::get_clock();
    // SimGrid does not count changes of links as events when there are no others.
    const bool may_look_ahead = others_s >= 0 || !links_have_profiles_;
    const double others_at_s = others_s >= 0 ? now_s + others_s : kNoDeadline;
    next_s_ = activities_.is_over_ ? kNoDeadline : activities_.next_event_s(may_look_ahead ? others_at_s : now_s);
    return std::isinf(next_s_) || next_s_ > others_at_s ? -1 : std::max(0.0, next_s_ - now_s);
  }

  void update_actions_state(double now_s, double) override {
    if (next_s_ <= now_s + activities_.sharing_.precision_s()) activities_.play_events(now_s);
  }

 private:
  Activities& activities_;
  bool links_have_profiles_;
  double next_s_ = kNoDeadline;
};

Activities::Activities(const Platform& platform, const NetworkModel& model, double wire_scale, FlowModel flows,
                       EventDigest& digest)
    : hosts_(platform.hosts),
      is_alive_(platform.is_alive),
      model_(model),
      wire_scale_(wire_scale),
      digest_(digest),
      speed_changes_(platform.speed_changes),
      processors_(flops_per_s(hosts_), [this](Stack& stack, double flops) { has_computed(stack, flops); }),
      idle_computations_(hosts_.size()),
      running_computations_(hosts_.size()),
      routes_(platform, model, sharing_),
      standstill_(static_cast<int>(hosts_.size()), platform.interconnect) {
  if (flows == FlowModel::simgrid) simgrid_flows_.emplace(platform);
  sg::Engine::get_instance()->add_model(std::make_shared<MessageModel>(*this, !platform.first_bandwidths.empty()));
  sg::Activity::on_completion_cb([this](const sg::Activity& activity) {
    if (auto* computation = activity.get_data<Computation>()) ended(*computation);
  });
  sg::Link::on_bandwidth_change_cb([this](const sg::Link& link) {
    take_arrivals();
    routes_.link_has_changed(link);
    sharing_.settle();
  });
}

double Activities::bytes_of(const Message& message) const {
  return static_cast<double>(message.data.bytes()) * wire_scale_;
}

// A message that stands for several rounds is as many messages.
double Activities::charged_bytes_of(const Message& message) const {
  if (model_.size_factors.empty()) return bytes_of(message);
  const auto rounds = static_cast<double>(message.rounds);
  return rounds * charged_bytes(static_cast<double>(message.data.bytes()) / rounds);
}

std::vector<Carried> Activities::carried() const {
  std::vector<Carried> carried;
  for (const auto& [key, route] : routes_.all())
    carried.push_back({route.from_rank, route.to_rank, route.bytes_carried});
  return carried;
}

void Activities::start(Message& message, Route& route) {
  ++under_way_;
  routes_.refresh_latency(route);
  if (simgrid_flows_) {
    simgrid_flows_->start(route.from_rank, route.to_rank, charged_bytes_of(message), route.latency_s,
                          [this, &message, &route] {
                            route.bytes_carried += bytes_of(message);
                            arrive(message);
                          });
    return;
  }
  const int latencies = message.are_at_once ? 1 : message.rounds;
  const double date_s = sg::Engine::get_clock() + latencies * route.latency_s;
  departures_.push_back({date_s, ++departures_so_far_, {&message, &route}});
  std::push_heap(departures_.begin(), departures_.end(), kLater);
}

double Activities::next_event_s(double until_s) {
  const double computed_s = processors_.next_end_s();
  return std::min(computed_s, next_message_event_s(std::min(computed_s, until_s)));
}

// Departures change rates, of which no rank hears. So those before `until_s`, until when nothing else happens, are
// played here, which saves SimGrid a round each.
double Activities::next_message_event_s(double until_s) {
  for (;;) {
    const double end_s = sharing_.next_end_s();
    if (departures_.empty()) return end_s;
    const double date_s = departures_.front().date_s;
    if (date_s > until_s || end_s <= date_s + sharing_.precision_s() || !has_bytes(departures_.front().transfer)) {
      return std::min(date_s, end_s);
    }
    sharing_.advance(date_s);
    while (!departures_.empty() && departures_.front().date_s == date_s && has_bytes(departures_.front().transfer)) {
      latency_has_passed(next_departure());
    }
    sharing_.settle();
  }
}

void Activities::play_events(double now_s) {
  take_arrivals();
  while (!departures_.empty() && departures_.front().date_s <= now_s) latency_has_passed(next_departure());
  sharing_.settle();
  processors_.play(now_s);
}

Transfer Activities::next_departure() {
  std::pop_heap(departures_.begin(), departures_.end(), kLater);
  const Transfer transfer = departures_.back().transfer;
  departures_.pop_back();
  return transfer;
}

void Activities::latency_has_passed(const Transfer& transfer) {
  transfer.route->waiting.push_back(transfer.message);
  if (!transfer.route->moving) move_next(*transfer.route);
}

void Activities::move_next(Route& route) {
  while (!route.waiting.empty() && !route.moving && !standstill_.holds(route)) {
    Message& message = *route.waiting.front();
    route.waiting.erase(route.waiting.begin());
    if (has_bytes({&message, &route})) {
      const double bytes = std::exchange(route.bytes_left, std::nullopt).value_or(charged_bytes_of(message));
      route.moving_weight = route.weight * (message.are_at_once ? message.rounds : 1);
      route.moving = sharing_.start({&message, &route}, bytes / route.moving_weight, path_of(message, route));
    } else {
      arrive(message);
    }
  }
}

// Several flows are one that takes as many parts of each link. Its route's own limit is one of each flow.
std::span<const Sharing::Use> Activities::path_of(const Message& message, const Route& route) {
  if (!message.are_at_once || message.rounds == 1) return route.path;
  path_of_several_ = route.path;
  for (Sharing::Use& use : path_of_several_) {
    if (use.link != route.limit) use.weight *= message.rounds;
  }
  return path_of_several_;
}

void Activities::stop_host(int rank) {
  standstill_.change_host(rank, true);
  processors_.set_stopped(rank, true, sg::Engine::get_clock());
  for (Computation* computation : running_computations_[static_cast<std::size_t>(rank)]) stop(*computation);
  stop_held();
}

void Activities::start_host(int rank) {
  standstill_.change_host(rank, false);
  if (!standstill_.host_hangs(rank)) {
    processors_.set_stopped(rank, false, sg::Engine::get_clock());
    for (Computation* computation : running_computations_[static_cast<std::size_t>(rank)]) computation->exec->resume();
  }
  move_released();
}

void Activities::add_outage(const PacketLoss& loss) {
  timer::Timer::set(loss.from_s, [this, loss] {
    if (!(*is_alive_)()) return;
    change_links(loss, true);
    timer::Timer::set(loss.until_s, [this, loss] { change_links(loss, false); });
  });
}

void Activities::change_links(const PacketLoss& loss, bool begins) {
  standstill_.change_links(loss.ranks, begins);
  begins ? stop_held() : move_released();
}

// What they have moved stays moved.
void Activities::stop_held() {
  take_arrivals();
  for (auto& [key, route] : routes_.all()) {
    if (!route.moving || !standstill_.holds(route)) continue;
    const Sharing::Stopped stopped = sharing_.stop(*route.moving);
    route.moving.reset();
    route.bytes_left = stopped.bytes * route.moving_weight;
    route.waiting.insert(route.waiting.begin(), stopped.transfer.message);
  }
  sharing_.settle();
}

void Activities::move_released() {
  take_arrivals();
  for (auto& [key, route] : routes_.all()) {
    if (!route.moving) move_next(route);
  }
  sharing_.settle();
}

void Activities::add_background(const BackgroundFlow& flow) {
  Background& background = background_.emplace_back();
  background.flow = flow;
  background.next_start_s = flow.start_s;
  routes_.lay_apart(background.route, flow.from, flow.to, flow.bandwidth_bytes_per_s);
  start_background(background);
}

void Activities::start_background(Background& background) {
  timer::Timer::set(background.next_start_s, [this, &background] {
    if (!(*is_alive_)()) return;
    constexpr double kLongest_s = 1e9;
    const BackgroundFlow& flow = background.flow;
    const double lasts_s = std::min(flow.until_s - flow.start_s, kLongest_s);
    const double bytes = flow.bytes > 0 ? flow.bytes : *flow.bandwidth_bytes_per_s * lasts_s;
    take_arrivals();
    sharing_.start({nullptr, &background.route}, bytes / background.route.weight, background.route.path);
    sharing_.settle();
    // Without a limit it may be as fast as links get.
    const double at_least_s = flow.bandwidth_bytes_per_s ? bytes / *flow.bandwidth_bytes_per_s : 0;
    background.may_end_s.push_back(background.next_start_s + at_least_s);
    background.next_start_s += flow.every_s;
    if (std::isfinite(flow.every_s)) start_background(background);
  });
}

// All of one kind are as fast, so they end in the order started.
void Activities::background_ended(const Route& route) {
  const auto ended = std::find_if(background_.begin(), background_.end(),
                                  [&](const Background& background) { return &background.route == &route; });
  ended->may_end_s.pop_front();
}

double Activities::next_background_change_s() const {
  double next_s = kNoDeadline;
  for (const Background& background : background_) {
    next_s = std::min(next_s, background.next_start_s);
    if (!background.may_end_s.empty()) next_s = std::min(next_s, background.may_end_s.front());
  }
  return next_s;
}

RoundPace Activities::round_pace(const std::vector<std::pair<int, int>>& pairs) {
  RoundPace pace;
  std::vector<const Route*> hops;
  for (const auto& [from, to] : pairs) {
    hops.push_back(&route(from, to));
    pace.latency_s = std::max(pace.latency_s, hops.back()->latency_s);
    pace.mean_latency_s += hops.back()->latency_s / static_cast<double>(pairs.size());
  }
  pace.s_per_byte = routes_.s_per_byte(hops);
  return pace;
}

void Activities::end_background() {
  if (!background_.empty()) is_over_ = true;
}

void Activities::take_arrivals() {
  sharing_.advance(sg::Engine::get_clock());
  for (const Transfer& transfer : sharing_.take_ended()) {
    if (transfer.message == nullptr) {
      background_ended(*transfer.route);
      continue;
    }
    transfer.route->bytes_carried += bytes_of(*transfer.message);
    transfer.route->moving.reset();
    arrive(*transfer.message);
    move_next(*transfer.route);
  }
}

void Activities::compute(Stack& stack, double flops) {
  stack.is_computing = true;
  ++under_way_;
  if (speed_changes_[static_cast<std::size_t>(stack.rank())]) {
    queue_computation(stack, flops);
  } else {
    processors_.start(stack, flops, sg::Engine::get_clock());
  }
  while (stack.is_computing) stack.block(Stack::Waiting::for_computation, kNoDeadline);
}

void Activities::queue_computation(Stack& stack, double flops) {
  auto& idle = idle_computations_[static_cast<std::size_t>(stack.rank())];
  if (idle.empty()) idle.push_back(std::make_unique<Computation>());
  Computation* computation = idle.back().release();
  idle.pop_back();
  computation->stack = &stack;
  computation->flops = flops;
  queued_computations_.push_back(computation);
  // SimGrid lets all stacks that are ready run before it carries out what they have asked for. So the first one asks
  // for all of them, which saves the others a change of stacks.
  if (queued_computations_.size() == 1) stack.run_in_kernel([this] { start_computations(); });
}

// In SimGrid's kernel, as timers are: only what is started there is reported by on_completion.
void Activities::start_computations() {
  for (Computation* computation : queued_computations_) start_computation(*computation);
  queued_computations_.clear();
}

void Activities::start_computation(Computation& computation) {
  // SimGrid 3.32 starts one that was ever suspended as suspended, though it has been resumed.
  if (!computation.exec || std::exchange(computation.was_stopped, false)) {
    computation.exec = sg::Exec::init();
    computation.exec->set_host(hosts_[static_cast<std::size_t>(computation.stack->rank())]);
    computation.exec->set_data(&computation);
  }
  computation.exec->set_state(sg::Activity::State::INITED);
  computation.exec->set_flops_amount(computation.flops);
  computation.exec->start();
  const int rank = computation.stack->rank();
  running_computations_[static_cast<std::size_t>(rank)].push_back(&computation);
  if (standstill_.host_hangs(rank)) stop(computation);
}

void Activities::stop(Computation& computation) {
  computation.was_stopped = true;
  computation.exec->suspend();
}

void Activities::ended(Computation& computation) {
  const auto rank = static_cast<std::size_t>(computation.stack->rank());
  std::erase(running_computations_[rank], &computation);
  idle_computations_[rank].emplace_back(&computation);
  has_computed(*computation.stack, computation.flops);
}

void Activities::has_computed(Stack& stack, double flops) {
  --under_way_;
  digest_.add({EventKind::computation, stack.rank(), stack.rank(), 0, flops, sg::Engine::get_clock()});
  stack.is_computing = false;
  stack.wake();
}

void Activities::arrive(Message& message) {
  --under_way_;
  digest_.add({EventKind::transfer, message.from, message.to, message.tag, bytes_of(message), sg::Engine::get_clock()});
  on_arrival(message);
}

}  // namespace tandem::sim
