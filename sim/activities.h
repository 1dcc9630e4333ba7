// What takes simulated time: transfers and computations, carried out by SimGrid.
#pragma once

#include <functional>
#include <memory>
#include <simgrid/s4u.hpp>
#include <unordered_map>
#include <vector>

#include "sim/digest.h"
#include "sim/matching.h"
#include "sim/stack.h"

namespace tandem::sim {

/// SimGrid's object for one transfer or computation. It is used again and again: SimGrid keeps every new one in a list
/// that it searches from end to end, which with a thousand ranks costs as much as all the rest of a message.
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
  simgrid::s4u::Host* from = nullptr;
  simgrid::s4u::Host* to = nullptr;
  std::vector<std::unique_ptr<Transfer>> idle;
};

/// start and compute only queue; time cannot pass until every stack has blocked, so a stack flushes before it blocks.
class Activities {
 public:
  Activities(std::vector<simgrid::s4u::Host*> hosts, EventDigest& digest);

  /// Called with each message whose transfer has ended.
  std::function<void(Message&)> on_arrival;

  Route& route(int from, int to);
  void start(Message& message, Route& route);
  /// Stack::is_computing is true until it has ended; then the stack is woken.
  void compute(Stack& stack, double flops);

  /// Has all that is queued started. Returns whether other stacks may have run meanwhile.
  bool flush(Stack& caller);

  bool is_anything_under_way() const { return under_way_ > 0; }

 private:
  void start_queued();
  void start_transfer(Transfer& transfer);
  void start_computation(Computation& computation);
  void ended(const simgrid::s4u::Activity& activity);
  void ended(Transfer& transfer);
  void ended(Computation& computation);

  std::vector<simgrid::s4u::Host*> hosts_;
  EventDigest& digest_;
  std::unordered_map<std::uint64_t, Route> routes_;
  std::vector<std::vector<std::unique_ptr<Computation>>> idle_computations_;  ///< by rank
  std::vector<Transfer*> queued_transfers_;
  std::vector<Computation*> queued_computations_;
  std::vector<std::unique_ptr<Transfer>> surplus_;
  std::size_t idle_transfers_ = 0;
  bool is_start_scheduled_ = false;
  std::size_t under_way_ = 0;
};

}  // namespace tandem::sim
