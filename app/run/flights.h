// Messages of a traced run, each from its sender to its receiver.
#pragma once

#include <cstdint>
#include <vector>

#include "core/trace.h"

namespace tandem {

/// A message that was received. A receiver that looked late finds it there already: it then ends when it was taken.
struct Flight {
  int from = -1, from_stack = 0;
  int to = -1, to_stack = 0;
  double start_s = 0;  ///< on the sender's clock: when its transfer began, see Completion::started_s
  double end_s = 0;    ///< on the receiver's clock
  /// When its bytes had moved, as far as that is recorded: if its receiver did not wait for it, its send's completion.
  double moved_s = 0;
  std::uint64_t bytes = 0;
};

/// Which span of which rank is the wait for which flight.
struct Flights {
  std::vector<Flight> all;
  /// Per rank, one entry per span: the index of the flight that the span waits for, to send or to receive it; -1 for
  /// every other span.
  std::vector<std::vector<std::int64_t>> of_span;
};

Flights flights_of(const std::vector<std::vector<Span>>& spans_of_rank);

}  // namespace tandem
