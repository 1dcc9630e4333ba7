// What ranks compute, on a processor per rank whose speed stays. Computations of one rank share it evenly, as SimGrid's
// do; with nothing else to share and no speed that changes, each is a date, which costs a tenth of SimGrid's objects.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/engine/stack.h"

namespace tandem::sim {

class Processors {
 public:
  /// One per rank; `ended` is called with each computation that has ended, of so many flops.
  Processors(std::vector<double> flops_per_s, std::function<void(Stack& stack, double flops)> ended);

  void start(Stack& stack, double flops, double now_s);
  /// While its processor is stopped, a rank's computations stand still, those that begin, too. They go on where they
  /// were.
  void set_stopped(int rank, bool is_stopped, double now_s);

  /// When the next one ends; infinite while none runs.
  double next_end_s();
  /// Ends those that are due, in the order of their dates.
  void play(double now_s);

 private:
  struct Computation {
    Stack* stack;
    double flops, left;
  };
  struct Processor {
    double flops_per_s;
    std::vector<Computation> running = {};
    double since_s = 0;  ///< what is left was reckoned then
    bool is_stopped = false;
    std::uint64_t plan = 0;  ///< dates of earlier plans do not count
  };
  struct End {
    double date_s;
    std::uint64_t sequence;
    int rank;
    std::uint64_t plan;
  };

  static double rate(const Processor& processor);
  void settle(Processor& processor, double now_s);
  void plan(int rank);
  bool is_dropped(const End& end) const;
  void end_first(int rank, double now_s);

  std::vector<Processor> processors_;
  std::function<void(Stack&, double)> ended_;
  std::vector<End> ends_;  ///< a heap, the first in front
  std::uint64_t ends_so_far_ = 0;
};

}  // namespace tandem::sim
