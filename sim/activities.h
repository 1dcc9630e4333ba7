// What takes simulated time: messages and computations. A message first waits out its latency here, then SimGrid moves
// its bytes; docs/decisions/0003-own-latency-in-sim.md says why.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "sim/digest.h"
#include "sim/matching.h"
#include "sim/platform.h"
#include "sim/stack.h"

namespace tandem::sim {

/// SimGrid's object for the bytes of one message or for one computation. It is used again and again: SimGrid keeps
/// every new one in a list that it searches from end to end, which with a thousand ranks costs as much as all the rest
/// of a message.
struct Activity {
  enum class Kind { transfer, computation };
  explicit Activity(Kind the_kind) : kind(the_kind) {}
  const Kind kind;
};
struct Transfer : Activity {
  Transfer() : Activity(Kind::transfer) {}
  simgrid::s4u::CommPtr comm;
  Message* message = nullptr;
  Route* route = nullptr;
};
struct Computation : Activity {
  Computation() : Activity(Kind::computation) {}
  simgrid::s4u::ExecPtr exec;
  Stack* stack = nullptr;
  double flops = 0;
};

/// A pair of hosts, with its transfers that are not in use.
struct Route {
  int from_rank = 0, to_rank = 0;
  double latency_s = 0;
  double bytes_carried = 0;
  simgrid::s4u::Host* from = nullptr;
  simgrid::s4u::Host* to = nullptr;
  std::vector<std::unique_ptr<Transfer>> idle;
};

class Activities {
 public:
  Activities(Platform platform, EventDigest& digest);

  /// Called with each message that has arrived.
  std::function<void(Message&)> on_arrival;

  Route& route(int from, int to);
  void start(Message& message, Route& route);
  /// Called by the stack itself: blocks it until the computation has ended.
  void compute(Stack& stack, double flops);

  /// What each pair of ranks has sent that arrived.
  std::vector<Carried> carried() const;

  bool is_anything_under_way() const { return under_way_ > 0; }

 private:
  /// A message whose latency passes, or has passed.
  struct Departure {
    Message* message;
    Route* route;
  };

  void start_computations();
  void latency_has_passed(double date_s);
  void depart(const Departure& departure);
  void start_computation(Computation& computation);
  void ended(const simgrid::s4u::Activity& activity);
  void ended(Transfer& transfer);
  void ended(Computation& computation);
  void arrive(Message& message);

  std::vector<simgrid::s4u::Host*> hosts_;
  std::function<double(int from, int to)> latency_s_;
  EventDigest& digest_;
  std::unordered_map<std::uint64_t, Route> routes_;
  std::vector<std::vector<std::unique_ptr<Computation>>> idle_computations_;  ///< by rank
  std::map<double, std::vector<Departure>> latency_ends_;                     ///< by date; each date has a timer
  std::vector<Computation*> queued_computations_;
  std::vector<std::unique_ptr<Transfer>> surplus_;
  std::size_t idle_transfers_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace tandem::sim
