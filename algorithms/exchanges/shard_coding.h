// What a worker's pushes and pulls of a shard carry under a codec: a push the coded gradient; a pull, coded, what the
// server's parameters have changed since the worker last heard (coded_changes.h; Yan et al., "Dual-way gradient
// sparsification for asynchronous distributed deep learning", ICPP 2020).
#pragma once

#include "algorithms/exchanges/coded_changes.h"
#include "algorithms/exchanges/exchange.h"

namespace tandem::parameter_server {

/// A worker's side of one shard: without a codec, or while it warms up, gradients and parameters travel as they are.
class ShardCoding {
 public:
  ShardCoding(const Worker& worker, Range parameters);

  /// What to push. With a codec it uses up the gradient.
  Slice push(Comm& comm, std::size_t step, Slice gradient);
  /// What to receive the pull into.
  Slice pull(std::size_t step, Slice parameters);
  /// The pull is there: brings it into the parameters. `room` has as many values.
  void take_in(Comm& comm, std::size_t step, Slice parameters, Slice room);
  void describe(State& state);

 private:
  const Job& job_;
  std::optional<Coding> coding_;
  Buffer pushed_, pulled_;
};

}  // namespace tandem::parameter_server
