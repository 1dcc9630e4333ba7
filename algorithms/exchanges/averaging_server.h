// The server of federated averaging: it averages what a round's clients send, and tells the next round's its model.
#pragma once

#include <optional>
#include <vector>

#include "algorithms/exchanges/coded_changes.h"
#include "algorithms/strategies/memory.h"

namespace tandem {

class AveragingServer {
 public:
  static constexpr int kModelTag = 1, kUpdateTag = 2;

  AveragingServer(Comm& comm, const Job& job);

  /// The model becomes the weighted mean of theirs; under a codec it moves by the weighted mean of their changes.
  void average(std::size_t round);
  /// Sends the model, or what has changed of it, to the clients of the next round.
  void tell(std::size_t round);
  void describe(State& state);

 private:
  Buffer message_of(std::size_t step) const;

  Comm& comm_;
  const Job& job_;
  Buffer model_, theirs_;
  std::optional<Coding> coding_;
  std::vector<CodedChanges> changes_;  // told to each client; none without a codec
};

/// What a rank holds: the server its model, and one client's at a time, which it adds.
Memory averaging_memory(const Job& job, int rank);
/// What a codec takes: at a client, what its messages leave out; at the server, what every client was told.
double averaging_coding_memory(const Job& job, int rank);

}  // namespace tandem
