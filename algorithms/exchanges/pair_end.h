// One worker's end of a pair that averages: what it said last and what it heard last from the other.
#pragma once

#include "algorithms/exchanges/coded_changes.h"
#include "algorithms/strategies/memory.h"

namespace tandem {

/// Both ends say and hear one after the other, equally often. What is said the n-th time is coded as in step n.
class PairEnd {
 public:
  PairEnd(const Comm& comm, const Job& job);

  /// The message that says these parameters. It stays as it is until the next time.
  Slice say(Comm& comm, Slice parameters);
  /// Where to receive the next message.
  Slice room() const;
  /// It is there.
  void hear(Comm& comm);

  /// Moves the parameters from what was said halfway to what was heard, as both ends know it, or less by the option
  /// `consensus_rate`.
  void move(Comm& comm, Slice parameters) const;
  void describe(State& state);

 private:
  const Job& job_;
  std::size_t times_said_ = 0, times_heard_ = 0;
  std::optional<CodedChanges> changes_;  // only with a codec
  std::optional<Coding> coding_;
  Buffer said_, heard_, outgoing_, incoming_;
};

/// Whom a worker pairs with.
std::vector<int> ring_neighbours(const Job& job, int rank);

/// What a worker holds that has an end for each of them, and what of it a codec takes.
Memory pair_memory(const Job& job, int rank);
double pair_coding_memory(const Job& job, int rank);

}  // namespace tandem
