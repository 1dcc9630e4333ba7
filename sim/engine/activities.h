// What takes simulated time: messages and computations. A message first waits out its latency, then it is a flow that
// shares links with others (sharing.h) until its bytes have moved. Messages of one pair of ranks follow each other, as
// on a connection: the bytes of the next move when those of the one before have moved. Computations are SimGrid's.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <simgrid/s4u.hpp>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/engine/digest.h"
#include "sim/engine/matching.h"
#include "sim/engine/processors.h"
#include "sim/engine/simgrid_flows.h"
#include "sim/engine/stack.h"
#include "sim/engine/standstill.h"
#include "sim/network/platform.h"
#include "sim/network/routes.h"
#include "sim/network/sharing.h"

namespace tandem::sim {

/// SimGrid's object for a computation. It is used again and again: SimGrid keeps every new one in a list that it
/// searches from end to end.
struct Computation {
  simgrid::s4u::ExecPtr exec;
  Stack* stack = nullptr;
  double flops = 0;
  bool was_stopped = false;  ///< since it was last started
};

/// What a round takes when nothing else moves over its links: latency_s + its charged bytes * s_per_byte.
struct RoundPace {
  double latency_s = 0;
  double s_per_byte = 0;
  double mean_latency_s = 0;  ///< which many rounds take each where nobody waits for its own messages to arrive
};

class Activities {
 public:
  Activities(const Platform& platform, const NetworkModel& model, double wire_scale, FlowModel flows,
             EventDigest& digest);

  /// Called with each message that has arrived.
  std::function<void(Message&)> on_arrival;

  Route& route(int from, int to) { return routes_.between(from, to); }
  void start(Message& message, Route& route);
  /// Called by the stack itself: blocks it until the computation has ended.
  void compute(Stack& stack, double flops);

  // What stands still goes on where it was. Called by stacks.
  /// Holds what this rank's host computes, and messages to and from it; the other lets them go on.
  void stop_host(int rank);
  void start_host(int rank);
  /// Links that will be down.
  void add_outage(const PacketLoss& loss);
  const Standstill& standstill() const { return standstill_; }

  /// Others' bytes, from their start on, again and again.
  void add_background(const BackgroundFlow& flow);
  /// Called when all ranks have ended: others' bytes keep the clock running no longer.
  void end_background();

  /// When others' bytes may begin or cease to move; may be past.
  double next_background_change_s() const;
  /// The pace of rounds in which each of these pairs of ranks has a message on its way, with the bandwidths that links
  /// have now.
  RoundPace round_pace(const std::vector<std::pair<int, int>>& hops);

  /// On the simulated wire.
  double bytes_of(const Message& message) const;
  /// The bytes that a message of so many is charged on the simulated wire, by its size.
  double charged_bytes(double payload_bytes) const { return model_.charged_bytes(payload_bytes * wire_scale_); }

  /// What each pair of ranks has sent that arrived.
  std::vector<Carried> carried() const;

  bool is_anything_under_way() const { return under_way_ > 0; }

 private:
  void queue_computation(Stack& stack, double flops);
  void start_computations();
  void start_computation(Computation& computation);
  void stop(Computation& computation);
  void ended(Computation& computation);
  void has_computed(Stack& stack, double flops);

  struct Background {
    BackgroundFlow flow;
    Route route;  ///< with the flow's own limit
    double next_start_s = 0;
    std::deque<double> may_end_s;  ///< per flow that moves: a date before which it does not end
  };

  /// A message whose latency has not passed.
  struct Departure {
    double date_s;
    std::uint64_t sequence;
    Transfer transfer;
  };
  class MessageModel;

  void change_links(const PacketLoss& loss, bool begins);
  void stop_held();
  void move_released();
  void start_background(Background& background);
  void background_ended(const Route& route);
  double charged_bytes_of(const Message& message) const;
  double next_event_s(double until_s);
  double next_message_event_s(double until_s);
  void play_events(double now_s);
  Transfer next_departure();
  void latency_has_passed(const Transfer& transfer);
  void move_next(Route& route);
  std::span<const Sharing::Use> path_of(const Message& message, const Route& route);
  void take_arrivals();
  void arrive(Message& message);

  std::vector<simgrid::s4u::Host*> hosts_;
  IsAlive is_alive_;
  NetworkModel model_;
  double wire_scale_;  ///< bytes on the simulated wire for each byte of payload
  EventDigest& digest_;
  std::vector<bool> speed_changes_;  ///< by rank
  Processors processors_;
  std::vector<std::vector<std::unique_ptr<Computation>>> idle_computations_;  ///< by rank
  std::vector<std::vector<Computation*>> running_computations_;               ///< by rank
  std::vector<Computation*> queued_computations_;

  std::optional<SimgridFlows> simgrid_flows_;  ///< instead of what follows
  Sharing sharing_;
  Routes routes_;
  Standstill standstill_;
  std::deque<Background> background_;
  std::vector<Departure> departures_;  ///< a heap, the first in front
  std::uint64_t departures_so_far_ = 0;
  bool is_over_ = false;  ///< all ranks have ended, while others' bytes still move
  std::size_t under_way_ = 0;
  std::vector<Sharing::Use> path_of_several_;  ///< room
};

}  // namespace tandem::sim
