// What pushes and pulls of a shard carry under a codec: a push the coded gradient; a pull what the server's parameters
// have moved since the worker last heard, coded. The server keeps what the worker knows, so that whatever a pull leaves
// out is in the difference that the next one codes: pulls need no error feedback. (Tang et al., "DoubleSqueeze", ICML
// 2019; Yan et al., "Dual-way gradient sparsification for asynchronous distributed deep learning", ICPP 2020.)
#pragma once

#include "algorithms/codecs/coding.h"
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

/// The server's side of the pulls of those workers who hear the same. Only with a codec.
class PullCoding {
 public:
  /// `sender` as for Coding: the numbers below the job's workers are those of pushes.
  PullCoding(const Comm& comm, const Job& job, Range parameters, int sender);

  /// Writes the pull for these parameters, coded or plain as the step has it.
  void write(Comm& comm, std::size_t step, Slice parameters, Slice message);
  /// The parameters as the workers have them after the pull.
  Slice known() const { return known_; }
  void describe(State& state);

 private:
  const Job& job_;
  Coding coding_;
  Buffer known_;
};

}  // namespace tandem::parameter_server
