// What both kinds of workers do that average in pairs, without waiting for each other (ad_psgd.cpp).
#pragma once

#include <deque>
#include <vector>

#include "algorithms/exchanges/dead_workers.h"
#include "algorithms/exchanges/local_step.h"
#include "algorithms/exchanges/pair_end.h"

namespace tandem {

/// After the backward pass it handles what has come by now, and then takes its step. It goes on without neighbours who
/// die: what is under way with them is withdrawn.
class PairedWorker : public LocalStep {
 public:
  /// `operations`: how many of them may be under way at a time.
  PairedWorker(const Worker& worker, std::size_t operations);

  std::optional<bool> end_step(Comm& comm, const Step& step) override;
  void describe(State& state) override;

 protected:
  /// Operation `done` is complete. A wait in it may throw.
  virtual void handle(std::size_t done) = 0;
  virtual void begin_pair(std::size_t) {}
  /// After the last step: until nobody needs this worker.
  virtual void end() = 0;

  /// Waits for one operation, and handles it.
  void handle_next();
  /// That this neighbour is not known to have died.
  bool is_alive(std::size_t other) const { return !dead_.contains(static_cast<std::size_t>(others_[other])); }

  Comm& comm_;
  std::vector<int> others_;
  std::deque<PairEnd> ends_;  // with each of the others
  std::vector<Op> ops_;       // the last is a message to itself

 private:
  void agree(Comm&, std::size_t step) override;

  CancelGuard guard_;  // after the buffers that it keeps from being written to
  DeadWorkers dead_;
};

}  // namespace tandem
